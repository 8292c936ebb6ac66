"""The harness of C++17: overloads that write values of the standard library's types down."""

from __future__ import annotations

import re
from collections.abc import Sequence

from passgap.harnesses.base import Harness, Unsupported, block
from passgap.records import CallTests, EmbeddedTests

EMITTER = r"""
#include <bits/stdc++.h>
#include <unistd.h>
namespace passgap_harness {
using text = std::string;
template <class T> struct is_optional : std::false_type {};
template <class T> struct is_optional<std::optional<T>> : std::true_type {};
template <class T> struct is_pair : std::false_type {};
template <class A, class B> struct is_pair<std::pair<A, B>> : std::true_type {};
template <class T> struct is_tuple : std::false_type {};
template <class... T> struct is_tuple<std::tuple<T...>> : std::true_type {};
template <class T> struct is_variant : std::false_type {};
template <class... T> struct is_variant<std::variant<T...>> : std::true_type {};
template <class T, class = void> struct is_range : std::false_type {};
template <class T>
struct is_range<T, std::void_t<decltype(std::begin(std::declval<const T &>()), std::end(std::declval<const T &>()))>>
    : std::true_type {};
template <class T, class = void> struct has_key : std::false_type {};
template <class T> struct has_key<T, std::void_t<typename T::key_type>> : std::true_type {};
template <class T, class = void> struct has_mapped : std::false_type {};
template <class T> struct has_mapped<T, std::void_t<typename T::mapped_type>> : std::true_type {};

inline text quoted(std::string_view value) {
  text made = "\"";
  for (unsigned char each : value) {
    char code[8];
    if (each < 0x20 || each == '"' || each == '\\') { std::snprintf(code, sizeof code, "\\u%04x", each); made += code; }
    else made += char(each);
  }
  return made + "\"";
}
inline text number(long double value) {
  char digits[64];
  std::snprintf(digits, sizeof digits, "%.21Lg", value);
  return text("{\"f\":\"") + digits + "\"}";
}
inline text whole(__int128 value) {
  bool negative = value < 0;
  unsigned __int128 rest = negative ? -(unsigned __int128)value : (unsigned __int128)value;
  text digits;
  do { digits.insert(digits.begin(), char('0' + int(rest % 10))); rest /= 10; } while (rest);
  return negative ? "-" + digits : digits;
}
template <class T> text write(const T &value);
template <class T, std::size_t... I> text write_items(const T &value, std::index_sequence<I...>) {
  text made;
  ((made += (I ? "," : ""), made += write(std::get<I>(value))), ...);
  return made;
}
template <class T> text write_range(const T &value) {
  text made = "[";
  for (const auto &each : value) { if (made.size() > 1) made += ","; made += write(each); }
  return made + "]";
}
template <class T> text write_map(const T &value) {
  text made = "[";
  for (const auto &each : value) {
    if (made.size() > 1) made += ",";
    made += "[" + write(each.first) + "," + write(each.second) + "]";
  }
  return made + "]";
}
inline text write_any(const std::any &value);
template <class T> text write(const T &value) {
  using V = std::decay_t<T>;
  if constexpr (std::is_same_v<V, bool>) return value ? "true" : "false";
  else if constexpr (std::is_same_v<V, char>) return "{\"c\":" + quoted(std::string_view(&value, 1)) + "}";
  else if constexpr (std::is_same_v<V, std::nullptr_t> || std::is_same_v<V, std::nullopt_t> ||
                     std::is_same_v<V, std::monostate>) return "null";
  else if constexpr (std::is_floating_point_v<V>) return number(value);
  else if constexpr (std::is_integral_v<V> || std::is_same_v<V, __int128> || std::is_same_v<V, unsigned __int128>)
    return whole((__int128)value);
  else if constexpr (std::is_enum_v<V>) return whole((__int128)value);
  else if constexpr (std::is_convertible_v<const T &, std::string_view>) return quoted(std::string_view(value));
  else if constexpr (std::is_same_v<V, std::any>) return write_any(value);
  else if constexpr (is_optional<V>::value) return value ? "{\"o\":" + write(*value) + "}" : text("null");
  else if constexpr (is_variant<V>::value) return std::visit([](const auto &held) { return write(held); }, value);
  else if constexpr (is_pair<V>::value)
    return "{\"t\":[" + write(value.first) + "," + write(value.second) + "]}";
  else if constexpr (is_tuple<V>::value)
    return "{\"t\":[" + write_items(value, std::make_index_sequence<std::tuple_size_v<V>>()) + "]}";
  else if constexpr (has_mapped<V>::value) return "{\"m\":" + write_map(value) + "}";
  else if constexpr (has_key<V>::value) return "{\"s\":" + write_range(value) + "}";
  else if constexpr (is_range<V>::value) return write_range(value);
  else return "{\"x\":\"object\"}";
}
template <class T> bool write_held(const std::any &value, text &made) {
  const T *held = std::any_cast<T>(&value);
  if (held) made = write(*held);
  return held != nullptr;
}
template <class... T> text write_first(const std::any &value) {
  text made = "{\"x\":\"any\"}";
  (void)(write_held<T>(value, made) || ...);
  return made;
}
inline text write_any(const std::any &value) {
  if (!value.has_value()) return "null";
  return write_first<bool, char, int, long, long long, unsigned, unsigned long, float, double, const char *,
                     std::string, std::vector<int>, std::vector<long>, std::vector<double>, std::vector<std::string>,
                     std::vector<std::any>>(value);
}
inline void send(const text &frame) {
  for (std::size_t done = 0; done < frame.size();) {
    ssize_t written = ::write(3, frame.data() + done, frame.size() - done);
    if (written < 0 && errno != EINTR) ::_exit(1);
    if (written > 0) done += std::size_t(written);
  }
}
template <class Make> void run(int number, Make make) {
  text made;
  try { made = "=" + make(); }
  catch (const std::exception &error) { made = "!" + quoted(error.what()); }
  catch (...) { made = "!\"exception\""; }
  send("\x1e" + std::to_string(number) + made + "\n");
}
}  // namespace passgap_harness
"""
RENAMED_MAIN = "#define main passgap_program_main\n"
_WORDS = (
    "auto break case catch const continue default delete do else false for goto if int main new operator return "
    "sizeof switch throw true try while cerr cin cout getline line logic_error passgap_harness quoted run "
    "std string value write"
)
"""Words of the calls and tests below a program. The types of C++ are not all among them: where a program renames one
with a macro, arguments have to follow it."""
PLAIN_WORDS = "".join(f"\n#undef {word}" for word in _WORDS.split()) + "\n"
"""Ends a program's macros of these names, so that they mean the same below it as above."""
MAIN = "int main() {\n"
ASSERT = "#undef assert\n#define assert(...) ((__VA_ARGS__) ? (void)0 : throw std::logic_error(#__VA_ARGS__))\n"
"""An assertion that fails raises, so that it is the failure of its test."""
MACROS = frozenset(["errno", "assert", "offsetof", "setjmp", "va_arg", "va_copy", "va_end", "va_start"])
TYPES = frozenset(["bool", "char", "double", "float", "int", "long", "short", "signed", "size_t", "unsigned", "void"])
END = "  std::fflush(nullptr);\n  ::_exit(0);\n}\n"
_ASSERT_HEADER = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<(?:assert\.h|cassert)>", re.MULTILINE)
_NAMES = (
    "abort abs access acos asin atan atoi atol atof basename bcmp calloc ceil chdir clock close cos crypt ctime "
    "difftime div  dup erf exit exp fabs ffs floor fmax fmin fmod free gamma getline hypot index isalnum isalpha "
    "isdigit islower  isprint ispunct isspace isupper labs ldiv link llabs log log10 log2 lround malloc memchr "
    "memcmp memcpy memmove memset  nice pause perror pipe pow printf putchar puts qsort raise rand random read "
    "realloc remainder remove rename rewind  rindex rint round scanf signal sin sleep sqrt srand stpcpy "
    "strcasecmp strcat strchr strcmp strcoll strcpy strcspn  strdup strlen strncat strncmp strncpy strpbrk "
    "strrchr strsep strspn strstr strtod strtok strtol strxfrm swab sync  system tan tgamma time toascii tolower "
    "toupper trunc truncate unlink wait write"
)
LIBRARY = frozenset(_NAMES.split())
"""Names of the C library's functions: a call of one by literals could be taken for the library's own, which the emitter
makes visible. There the function is chosen by the type that the head gives it."""


class Cpp(Harness):
    """The emitter stands above the program, so that the program's macros do not reach it; the calls stand below.

    A ``main`` of the program is renamed. An expected value is converted to the type that the function returns, as it is
    declared by the head of the program that is asked for.
    """

    name = "cpp"

    def candidate(self, program: str, tests: CallTests) -> str:
        function, declared = tests.function, ""
        if function in LIBRARY and tests.head:
            declared = f"\nnamespace passgap_head {{\n{tests.head}\nthrow 0;\n}}\n}}\n"
            function = f"static_cast<decltype(&passgap_head::{function})>(&::{function})"
        values = [f"auto&& value = {function}({case.arguments});\n" for case in tests.cases]
        return self.assemble(program + declared, tests, values)

    def expectation(self, tests: CallTests) -> str:
        if not tests.head:
            raise Unsupported("C++ needs the head of the function, which gives expected values their type")
        values = [
            f"std::decay_t<decltype({tests.function}({case.arguments}))> value = {case.expected};\n"
            for case in tests.cases
        ]
        return self.assemble(f"{tests.head}\nthrow 0;\n}}\n", tests, values)

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f"passgap_harness::run({number}, [&] {{ {call}; return passgap_harness::quoted(line); }});\n"
            for number, call in enumerate(tests.calls)
        )
        read = "std::string line;\nstd::getline(std::cin, line);\n"
        code, used = block(_ASSERT_HEADER.sub("", tests.code)), "".join((tests.code, *tests.calls))
        plain = PLAIN_WORDS + "".join(f"#undef {word}\n" for word in words_of_tests(used, tests.head))
        return f"{EMITTER}{RENAMED_MAIN}{program}\n{plain}{ASSERT}{code}{MAIN}{read}{cases}{END}"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        cases = "".join(
            f"passgap_harness::run({number}, [&] {{ {value} return passgap_harness::write(value); }});\n"
            for number, value in enumerate(values)
        )
        return f"{EMITTER}{RENAMED_MAIN}{program}\n{PLAIN_WORDS}{MAIN}{block(tests.setup)}{cases}{END}"


def words_of_tests(code: str, head: str) -> list[str]:
    """The names that tests use and the head of the program does not, those aside that headers define as macros.

    A program that makes one a macro would decide what its tests mean.
    """
    text = re.sub(r"^[ \t]*#[^\n]*|\"(?:\\.|[^\"\\\n])*\"", " ", code, flags=re.MULTILINE)
    found = dict.fromkeys(re.findall(r"\b[A-Za-z_]\w*", text))
    given = set(re.findall(r"\w+", head))
    return [word for word in found if word not in given | MACROS and not word.isupper() and word not in TYPES]


HARNESS = Cpp()
