#include <bits/stdc++.h>
using namespace std;

int main() {
    unordered_map<string, int> counts;
    string word;
    while (cin >> word) counts[word]++;
    vector<pair<string, int>> rows(counts.begin(), counts.end());
    sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (const auto& [name, count] : rows) cout << name << " " << count << "\n";
}
