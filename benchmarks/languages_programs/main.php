<?php
$counts = [];
foreach (preg_split('/\s+/', trim(stream_get_contents(STDIN))) as $word) {
    $counts[$word] = ($counts[$word] ?? 0) + 1;
}
uksort($counts, fn($a, $b) => $counts[$b] <=> $counts[$a] ?: strcmp($a, $b));
foreach ($counts as $word => $count) echo "$word $count\n";
