const counts = new Map();
for (const word of require("fs").readFileSync(0, "utf8").split(/\s+/).filter(Boolean)) {
  counts.set(word, (counts.get(word) || 0) + 1);
}
const rows = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
for (const [word, count] of rows) console.log(`${word} ${count}`);
