import java.util.*;
import java.util.stream.*;

public class Main {
    public static void main(String[] arguments) {
        Map<String, Integer> counts = new HashMap<>();
        Scanner in = new Scanner(System.in);
        while (in.hasNext()) counts.merge(in.next(), 1, Integer::sum);
        List<Map.Entry<String, Integer>> rows = new ArrayList<>(counts.entrySet());
        rows.sort(Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()));
        for (Map.Entry<String, Integer> row : rows) System.out.println(row.getKey() + " " + row.getValue());
    }
}
