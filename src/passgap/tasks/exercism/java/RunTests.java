import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Runs the test methods of a class without JUnit, each on an instance of its own, and reports by TAP. */
public final class RunTests {
    private static void all(List<Method> methods, Object instance) throws Exception {
        for (Method each : methods) {
            each.setAccessible(true);
            each.invoke(instance);
        }
    }

    private static List<Method> with(Class<?> type, Class<? extends java.lang.annotation.Annotation> mark) {
        List<Method> found = new ArrayList<>(Arrays.asList(type.getDeclaredMethods()));
        found.removeIf(each -> !each.isAnnotationPresent(mark));
        found.sort(Comparator.comparing(Method::getName));
        return found;
    }

    public static void main(String[] names) throws Exception {
        java.io.PrintStream out = System.out;
        int number = 0, failed = 0;
        for (String name : names) {
            Class<?> type = Class.forName(name);
            for (Method test : with(type, org.junit.jupiter.api.Test.class)) {
                String result = "ok";
                try {
                    java.lang.reflect.Constructor<?> constructor = type.getDeclaredConstructor();
                    constructor.setAccessible(true);
                    Object instance = constructor.newInstance();
                    all(with(type, org.junit.jupiter.api.BeforeEach.class), instance);
                    test.setAccessible(true);
                    test.invoke(instance);
                    all(with(type, org.junit.jupiter.api.AfterEach.class), instance);
                } catch (ReflectiveOperationException error) {
                    result = "not ok";
                    failed++;
                }
                out.println(result + " " + (++number) + " - " + name + "." + test.getName());
            }
        }
        out.println("1.." + number);
        out.flush();
        Runtime.getRuntime().halt(failed == 0 ? 0 : 1);
    }
}
