// As much of Catch2 as exercises use; reports by the Test Anything Protocol.
#pragma once
#include <cmath>
#include <exception>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace Catch {
struct Failure {
    std::string text;
};
using Tests = std::vector<std::pair<std::string, std::function<void()>>>;
inline Tests& tests() {
    static Tests all;
    return all;
}
struct Registered {
    Registered(std::string name, std::function<void()> body) { tests().emplace_back(std::move(name), std::move(body)); }
    Registered(std::string name, std::string, std::function<void()> body) : Registered(std::move(name), std::move(body)) {}
};
inline std::vector<std::string>& failures() {
    static std::vector<std::string> all;
    return all;
}
class Approx {
  public:
    explicit Approx(double value) : value_(value) {}
    Approx& margin(double margin) { margin_ = margin; return *this; }
    Approx& epsilon(double epsilon) { epsilon_ = epsilon; return *this; }
    friend bool operator==(double left, const Approx& right) {
        return std::abs(left - right.value_) <= right.margin_ + right.epsilon_ * std::abs(right.value_);
    }
    friend bool operator==(const Approx& left, double right) { return right == left; }
    friend bool operator!=(double left, const Approx& right) { return !(left == right); }

  private:
    double value_, margin_ = 0.0, epsilon_ = 1.2e-5;
};
inline int run() {
    int number = 0, failed = 0;
    std::cout << "TAP version 13\n1.." << tests().size() << "\n";
    for (auto& test : tests()) {
        failures().clear();
        try {
            test.second();
        } catch (const Failure& failure) {
            failures().push_back(failure.text);
        } catch (const std::exception& error) {
            failures().push_back(std::string("threw ") + error.what());
        } catch (...) {
            failures().push_back("threw");
        }
        failed += failures().empty() ? 0 : 1;
        std::cout << (failures().empty() ? "ok " : "not ok ") << ++number << " - " << test.first << std::endl;
    }
    return failed ? 1 : 0;
}
}  // namespace Catch
using Catch::Approx;

#define PASSGAP_JOIN_(a, b) a##b
#define PASSGAP_JOIN(a, b) PASSGAP_JOIN_(a, b)
#define PASSGAP_TEST_CASE(name, ...)                                                                     \
    static void name();                                                                                  \
    static Catch::Registered PASSGAP_JOIN(name, _registered)(__VA_ARGS__, name);                         \
    static void name()
#define TEST_CASE(...) PASSGAP_TEST_CASE(PASSGAP_JOIN(passgap_test_, __LINE__), __VA_ARGS__)
#define SECTION(...) if (true)
#define INFO(...) do { std::ostringstream passgap_info; passgap_info << __VA_ARGS__; } while (false)
#define CAPTURE(...) do { } while (false)
#define PASSGAP_CHECK(holds, text) do { if (!(holds)) Catch::failures().push_back(text); } while (false)
#define PASSGAP_REQUIRE(holds, text) do { if (!(holds)) throw Catch::Failure{text}; } while (false)
#define CHECK(...) PASSGAP_CHECK((__VA_ARGS__), #__VA_ARGS__)
#define CHECK_FALSE(...) PASSGAP_CHECK(!(__VA_ARGS__), #__VA_ARGS__)
#define REQUIRE(...) PASSGAP_REQUIRE((__VA_ARGS__), #__VA_ARGS__)
#define REQUIRE_FALSE(...) PASSGAP_REQUIRE(!(__VA_ARGS__), #__VA_ARGS__)
#define REQUIRE_NOTHROW(...) do { __VA_ARGS__; } while (false)
#define PASSGAP_THROWS(caught, ...)                                                                      \
    do {                                                                                                 \
        bool passgap_thrown = false;                                                                     \
        try { static_cast<void>(__VA_ARGS__); } caught { passgap_thrown = true; }                        \
        PASSGAP_REQUIRE(passgap_thrown, #__VA_ARGS__ " did not throw");                                  \
    } while (false)
#define REQUIRE_THROWS(...) PASSGAP_THROWS(catch (...), __VA_ARGS__)
#define REQUIRE_THROWS_AS(expression, kind) PASSGAP_THROWS(catch (const kind&), expression)
#define CHECK_THROWS_AS(expression, kind) REQUIRE_THROWS_AS(expression, kind)
#ifdef CATCH_CONFIG_MAIN
int main() { return Catch::run(); }
#endif
