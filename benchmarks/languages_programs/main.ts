type Row = [string, number];

function count(words: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const text: string = require("fs").readFileSync(0, "utf8");
const rows: Row[] = [...count(text.split(/\s+/).filter((word) => word !== ""))];
rows.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
for (const [word, n] of rows) console.log(`${word} ${n}`);
