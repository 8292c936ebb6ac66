"use strict";
// Sorting, filtering and values under the pointer. Everything is readable without it.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const number = (text) => {
    const found = /^[x<>~\s]*([+-]?\d[\d,]*\.?\d*(?:e[+-]?\d+)?)/.exec(text.trim());
    return found ? parseFloat(found[1].replaceAll(",", "")) : NaN;
  };
  const compare = (one, other) => {
    const [a, b] = [number(one), number(other)];
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    return Number.isNaN(a) ? one.localeCompare(other) : a - b;
  };
  for (const table of all("table.sortable")) {
    const body = table.tBodies[0], given = [...body.rows];
    all("thead th", table).forEach((head, column) => {
      if (!head.textContent) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const order = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")] ?? "ascending";
        all("thead th", table).forEach((each) => each.removeAttribute("aria-sort"));
        const rows = [...given];
        if (order) {
          head.setAttribute("aria-sort", order);
          rows.sort((one, other) => compare(one.cells[column].textContent, other.cells[column].textContent));
          if (order === "descending") rows.reverse();
        }
        body.append(...rows);
      });
    });
    if (given.length < 12) continue;
    const field = document.createElement("input");
    field.type = "search";
    field.className = "filter";
    field.placeholder = "Filter rows";
    field.setAttribute("aria-label", `Filter rows of ${table.parentElement.getAttribute("aria-label") || "the table"}`);
    table.parentElement.before(field);
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase();
      for (const row of given) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }
  for (const legend of all(".legend")) {
    all(".entry", legend).forEach((entry, series) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.append(...entry.childNodes);
      entry.replaceWith(button);
      button.addEventListener("click", () => {
        const shown = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(shown));
        all(`[data-series="${series}"]`, legend.closest("figure")).forEach((part) => part.classList.toggle("off", !shown));
      });
    });
  }
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  document.addEventListener("pointermove", (event) => {
    const point = event.target.closest?.(".tip");
    tip.hidden = !point;
    if (!point) return;
    const title = point.querySelector("title");
    if (title) { point.dataset.tip = title.textContent; title.remove(); point.setAttribute("aria-label", point.dataset.tip); }
    tip.textContent = point.dataset.tip;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 8))}px`;
    tip.style.top = `${event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 16}px`;
  });
  const opened = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", opened);
  opened();
  // What is folded is printed; what is folded within it, such as an arm against each other one, is where it was opened.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not(details details):not([open])");
    closed.forEach((each) => { each.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((each) => { each.open = false; }));
})();
