using System;
using System.Collections.Generic;
using System.Linq;

class Program
{
    static void Main()
    {
        var words = Console.In.ReadToEnd().Split((char[])null, StringSplitOptions.RemoveEmptyEntries);
        var counts = new Dictionary<string, int>();
        foreach (var word in words) counts[word] = counts.TryGetValue(word, out var seen) ? seen + 1 : 1;
        foreach (var row in counts.OrderByDescending(each => each.Value).ThenBy(each => each.Key, StringComparer.Ordinal))
            Console.WriteLine($"{row.Key} {row.Value}");
    }
}
