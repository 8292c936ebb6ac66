"use strict";

const points = (fraction) => (fraction === null ? "none yet" : `${fraction >= 0 ? "+" : ""}${(100 * fraction).toFixed(1)} pp`);

function list(id, texts) {
  const place = document.getElementById(id);
  place.replaceChildren(...texts.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

function row(cells) {
  const line = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement("td");
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

function show(report) {
  document.getElementById("title").textContent = `${report.study}: ${report.arm} ${report.checkpoint.slice(0, 12)}, ${report.state}`;
  const advice = document.getElementById("advice");
  const done = report.rolled_back ? " (done)" : report.not_rolled_back ? `: ${report.not_rolled_back}` : "";
  advice.textContent = `${report.decision.advice}${done}`;
  advice.className = report.decision.advice.replaceAll(" ", "-");
  list("reasons", report.decision.reasons);
  const hours = report.decision.expected_hours;
  document.getElementById("expected").textContent =
    hours === null ? "" : `Expected time to a decision: ${hours >= 1 ? `${hours.toFixed(1)} hours` : `${Math.ceil(60 * hours)} min`}.`;
  document.getElementById("readings").replaceChildren(...report.evidence.readings.map((each) => row([
    each.metric, each.design, String(each.observed), points(each.mean),
    `[${points(each.low)}, ${points(each.high)}]`, each.p_value.toPrecision(2), each.alpha.toPrecision(2),
  ])));
  const seen = report.traffic;
  list("traffic", [
    `${seen.rows} rows of telemetry, until ${seen.until === null ? "now" : seen.until}`,
    `${report.evidence.pairs} mirrored pairs, ${seen.waiting} waiting, ${seen.lost} never completed`,
    ...Object.entries(seen.cut).map(([outcome, count]) => `${count} mirrored calls lost with their gateway: ${outcome}`),
    ...Object.entries(seen.drops).map(([reason, count]) => `${count} copies not sent: ${reason}`),
    `${seen.users.canary} users of the canary and ${seen.users.production} others whose windows are over`,
    ...report.evidence.splits.map((each) =>
      `${each.chosen} ${each.name} of ${each.observed}, ${each.expected.toFixed(0)} expected, p = ${each.p_value.toPrecision(2)}`),
  ]);
}

const source = new EventSource("/events");
source.onmessage = (event) => show(JSON.parse(event.data));
