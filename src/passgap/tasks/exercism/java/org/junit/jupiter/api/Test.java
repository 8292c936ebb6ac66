package org.junit.jupiter.api;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** The annotation of JUnit 5 of this name; a test that is disabled is run. */
@Retention(RetentionPolicy.RUNTIME)
public @interface Test {
}
