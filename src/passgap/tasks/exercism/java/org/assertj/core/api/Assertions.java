package org.assertj.core.api;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;

/** As much of AssertJ as exercises use. */
public final class Assertions {
    public interface Throwing {
        void call() throws Throwable;
    }

    private static void require(boolean holds, Object found, Object wanted) {
        if (!holds) {
            throw new AssertionError("found " + found + ", expected " + wanted);
        }
    }

    private static boolean same(Object left, Object right) {
        if (left instanceof Number && right instanceof Number && !left.getClass().equals(right.getClass())) {
            return ((Number) left).longValue() == ((Number) right).longValue()
                    && ((Number) left).doubleValue() == ((Number) right).doubleValue();
        }
        return Objects.deepEquals(left, right);
    }

    public static final class Value {
        private final Object found;

        Value(Object found) {
            this.found = found;
        }

        public Value as(String text, Object... values) { return this; }
        public Value isEqualTo(Object wanted) { require(same(found, wanted), found, wanted); return this; }
        public Value isNotEqualTo(Object other) { require(!same(found, other), found, other); return this; }
        public Value isSameAs(Object wanted) { require(found == wanted, found, wanted); return this; }
        public Value isNull() { return isSameAs(null); }
        public Value isNotNull() { require(found != null, found, "a value"); return this; }
        public Value isTrue() { return isEqualTo(true); }
        public Value isFalse() { return isEqualTo(false); }
        public Value isZero() { require(((Number) found).doubleValue() == 0.0, found, 0); return this; }
        public Value isEmpty() { require(items().isEmpty(), found, "nothing"); return this; }
        public Value hasSize(int size) { require(items().size() == size, found, size); return this; }
        public Value contains(Object... wanted) {
            boolean text = found instanceof CharSequence;
            for (Object each : wanted) {
                require(text ? found.toString().contains(each.toString()) : items().contains(each), found, each);
            }
            return this;
        }
        public Value containsExactly(Object... wanted) {
            require(items().equals(Arrays.asList(wanted)), found, Arrays.asList(wanted));
            return this;
        }
        public Value isInstanceOf(Class<?> type) { require(type.isInstance(found), found, type); return this; }
        public Value hasMessage(String wanted) {
            require(Objects.equals(((Throwable) found).getMessage(), wanted), found, wanted);
            return this;
        }
        public Value withMessage(String wanted) { return hasMessage(wanted); }

        private java.util.List<?> items() {
            if (found instanceof Collection) {
                return new java.util.ArrayList<>((Collection<?>) found);
            }
            if (found instanceof CharSequence) {
                return Arrays.asList(found.toString().split(""));
            }
            return Arrays.asList((Object[]) found);
        }
    }

    public static final class OfType {
        private final Class<?> type;

        OfType(Class<?> type) {
            this.type = type;
        }

        public Value isThrownBy(Throwing call) {
            return assertThatThrownBy(call).isInstanceOf(type);
        }
    }

    public static Value assertThat(Object found) {
        return new Value(found);
    }

    public static Value assertThatThrownBy(Throwing call) {
        try {
            call.call();
        } catch (Throwable error) {
            return new Value(error);
        }
        throw new AssertionError("nothing was thrown");
    }

    public static OfType assertThatExceptionOfType(Class<?> type) {
        return new OfType(type);
    }

    public static OfType assertThatIllegalArgumentException() {
        return new OfType(IllegalArgumentException.class);
    }
}
