"use strict";
// The explorer. Every text of a study is put into the page as text, never as markup.
(() => {
  const index = JSON.parse(document.getElementById("index").textContent);
  const models = index.models, problems = index.problems;
  const place = new Map(problems.map((row, number) => [row[0], number]));
  const state = { q: "", difficulty: "", model: models.length > 1 ? models[1].name : models[0]?.name ?? "", outcome: "", change: "", p: "", a: models[0]?.name ?? "", b: models[1]?.name ?? "", s: "", t: "" };
  const loaded = new Map(), waiting = new Map();

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };
  const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/u;
  const escapeOne = (c) => (c.codePointAt(0) < 0x100 ? "\\x" + c.codePointAt(0).toString(16).padStart(2, "0") : "\\u" + c.codePointAt(0).toString(16).padStart(4, "0"));
  // Controls and marks that reorder text are shown as what they are.
  const visible = (text) => {
    const parts = document.createDocumentFragment();
    let plain = "";
    for (const c of text) {
      if (CONTROL.test(c)) {
        if (plain) parts.append(plain);
        plain = "";
        parts.append(make("span", { class: "control", title: "a character that is not shown" }, escapeOne(c)));
      } else plain += c;
    }
    if (plain) parts.append(plain);
    return parts;
  };
  const clean = (text) => (CONTROL.test(text) ? [...text].map((c) => (CONTROL.test(c) ? escapeOne(c) : c)).join("") : text);
  const modelAt = (name) => Math.max(0, models.findIndex((each) => each.name === name));

  // --- data, one problem at a time
  window.passgapProblem = (number, payload) => {
    loaded.set(number, payload);
    (waiting.get(number) ?? []).forEach((done) => done(payload));
    waiting.delete(number);
  };
  const load = (number) => new Promise((done, failed) => {
    if (loaded.has(number)) return done(loaded.get(number));
    const first = !waiting.has(number);
    waiting.set(number, [...(waiting.get(number) ?? []), done]);
    if (!first) return;
    const script = document.createElement("script");
    script.src = `explorer-data/${String(number).padStart(5, "0")}.js`;
    script.onerror = () => { waiting.delete(number); failed(new Error("its data could not be loaded: keep the folder `explorer-data` beside this page")); };
    script.onload = () => script.remove();
    document.head.append(script);
  });

  // --- the list
  const change = (row, model) => {
    const [base, other] = [row[3][0], row[3][model]];
    if (!base[1] || !other[1]) return "";
    const [before, after] = [base[0] / base[1], other[0] / other[1]];
    if (before === 0 && after > 0) return "gained";
    if (before > 0 && after === 0) return "lost";
    return after > before ? "more" : after < before ? "fewer" : "same";
  };
  const solved = ([passed, total]) => (!total ? "" : passed === total ? "all" : passed ? "some" : "none");
  const kinds = [...new Set(problems.flatMap((row) => row[3].flatMap((each) => Object.keys(each[2]))))].sort();
  const matches = (row) => {
    const model = modelAt(state.model);
    if (state.q && !row[0].toLowerCase().includes(state.q.toLowerCase())) return false;
    if (state.difficulty && row[1] !== state.difficulty) return false;
    if (state.outcome.startsWith("end:")) { if (!row[3][model][2][state.outcome.slice(4)]) return false; }
    else if (state.outcome && solved(row[3][model]) !== state.outcome) return false;
    return !state.change || change(row, model) === state.change;
  };
  // Rows are laid out one by one, and only those in sight (`content-visibility`): a table would measure all of them at
  // each change. The roles say that it is one all the same.
  const few = models.length <= 3;
  const counted = (row, n) => { const each = row[3][n]; return make("td", { role: "cell", class: solved(each) }, each[1] ? `${each[0]}/${each[1]}` : ""); };
  const columns = () => (few ? models.map((_, n) => n) : [...new Set([0, modelAt(state.model)])]);
  const named = (n) => make("th", { scope: "col", role: "columnheader", title: clean(models[n].caption) }, clean(models[n].name));
  const rows = problems.map((row) => make("tr", { role: "row" }, make("td", { role: "cell" }, make("a", { href: "#", tabindex: "-1" }, clean(row[0]))), make("td", { role: "cell" }, clean(row[1]))));
  const head = make("tr", { role: "row" }, make("th", { scope: "col", role: "columnheader" }, "problem"), make("th", { scope: "col", role: "columnheader" }, "difficulty"));
  const list = make("table", { role: "table", "aria-label": "Problems" }, make("thead", { role: "rowgroup" }, head), make("tbody", { role: "rowgroup" }, ...rows));
  document.getElementById("list").append(list);
  let drawn = "", filtered = "", current;
  const showColumns = () => {
    const shown = columns();
    if (drawn === shown.join()) return;
    drawn = shown.join();
    list.style.setProperty("--models", shown.length);
    head.replaceChildren(...[...head.cells].slice(0, 2), ...shown.map(named));
    problems.forEach((row, number) => rows[number].replaceChildren(...[...rows[number].cells].slice(0, 2), ...shown.map((n) => counted(row, n))));
  };
  const mark = () => {
    current?.removeAttribute("aria-current");
    current = rows[place.get(state.p)];
    current?.setAttribute("aria-current", "true");
  };
  // One stop of the tab key for the whole list, in which the arrows move.
  const link = (row) => row?.querySelector("a");
  let stop;
  const stopAt = (row) => {
    if (stop) link(stop).tabIndex = -1;
    stop = row;
    if (stop) link(stop).tabIndex = 0;
  };
  list.addEventListener("keydown", (event) => {
    const shown = rows.filter((row) => !row.hidden), at = shown.indexOf(event.target.closest("tr"));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined || !shown[to]) return;
    event.preventDefault();
    stopAt(shown[to]);
    link(stop).focus();
  });
  const showList = () => {
    mark();
    const asked = JSON.stringify([state.q, state.difficulty, state.model, state.outcome, state.change]);
    if (filtered === asked) return;
    filtered = asked;
    showColumns();
    let count = 0;
    problems.forEach((row, number) => {
      const shown = matches(row);
      if (rows[number].hidden === shown) rows[number].hidden = !shown;
      count += shown;
    });
    document.getElementById("count").textContent = `${count} of ${problems.length} problems`;
    stopAt(current && !current.hidden ? current : rows.find((row) => !row.hidden));
  };

  // --- the address holds the state, so that every view has a link
  const DEFAULTS = { ...state };
  const address = (changes) => "#" + new URLSearchParams(Object.entries({ ...state, ...changes }).filter(([name, value]) => value !== DEFAULTS[name])).toString();
  const go = (changes) => { const to = address(changes); if (to !== (location.hash || "#")) location.hash = to; };
  rows.forEach((row, number) => row.addEventListener("click", (event) => { event.preventDefault(); stopAt(row); go({ p: problems[number][0], s: "", t: "" }); document.getElementById("detail").focus({ preventScroll: innerWidth > 860 }); }));

  // --- filters
  const pick = (label, name, options) => {
    const field = make("select", { name, onchange: () => go({ [name]: field.value, ...(name === "model" && field.value !== state.a ? { b: field.value, t: "" } : {}), ...(name === "a" ? { s: "" } : {}), ...(name === "b" ? { t: "" } : {}) }) }, ...options.map(([value, text]) => make("option", { value }, clean(text))));
    return make("label", {}, label, field);
  };
  const names = models.map((each) => [each.name, each.caption]);
  const difficulties = [...new Set(problems.map((row) => row[1]))];
  const search = make("input", { type: "search", name: "q", oninput: () => { state.q = search.value; history.replaceState(null, "", address({})); showList(); } });
  const filters = document.getElementById("filters");
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.append(
    make("label", {}, "Name contains", search),
    pick("Difficulty", "difficulty", [["", "any"], ...difficulties.map((each) => [each, each])]),
    pick("Arm", "model", names),
    pick("Its samples", "outcome", [["", "any"], ["all", "all pass"], ["some", "some pass"], ["none", "none passes"], ...kinds.map((each) => [`end:${each}`, `some end: ${each}`])]),
    pick("Against base", "change", [["", "any"], ["gained", "solved now, never before"], ["lost", "never now, solved before"], ["more", "more samples pass"], ["fewer", "fewer samples pass"], ["same", "as many pass"]]),
  );

  // --- one problem
  const letters = (payload) => {
    const sizes = new Map();
    for (const samples of payload.models) for (const each of samples) if (each.group && each.group !== "passed") sizes.set(each.group, (sizes.get(each.group) ?? 0) + 1);
    const named = new Map([["passed", "right"]]);
    [...sizes].sort((one, other) => other[1] - one[1]).forEach(([group], n) => named.set(group, `wrong ${n + 1}`));
    return named;
  };
  const block = (title, text, open) => (text ? [make("details", { open }, make("summary", {}, title), make("pre", { tabindex: "0" }, visible(text)))] : []);
  const sample = (payload, each, side, groups) => {
    const key = side === "s" ? state.s : state.t;
    const chosen = key === String(each.n);
    const status = each.passed === true ? "passed" : each.passed === false ? "failed" : "";
    const button = make("button", { type: "button", "aria-pressed": String(chosen), onclick: () => go({ [side]: chosen ? "" : String(each.n) }) }, "compare");
    return make("article", { class: `sample ${status}` },
      make("header", {}, make("span", {}, `sample ${each.n}`), make("span", { class: "verdict" }, each.outcome ?? "not run"), make("span", {}, groups.get(each.group) ? `behaviour: ${groups.get(each.group)}` : ""), make("span", {}, `${each.tokens} tokens, ended by ${each.end}`), button),
      ...(each.reason ? [make("div", { class: "reason", tabindex: "0" }, visible(each.reason))] : []),
      make("pre", { tabindex: "0", "aria-label": `completion of sample ${each.n}` }, visible(payload.texts[each.t])));
  };
  const side = (payload, name, which, groups) => {
    const number = modelAt(name), samples = payload.models[number];
    const counts = new Map();
    for (const each of samples) if (each.group) counts.set(groups.get(each.group), (counts.get(groups.get(each.group)) ?? 0) + 1);
    const ordered = [...samples].sort((one, other) => Number(other.passed === true) - Number(one.passed === true) || one.n - other.n);
    return make("div", {}, make("h3", {}, clean(models[number].caption)),
      make("p", { class: "groups" }, samples.length ? [...groups.values()].filter((each) => counts.has(each)).map((each) => `${counts.get(each)} \u00d7 ${each}`).join(", ") : "not measured on this problem"),
      ...ordered.map((each) => sample(payload, each, which, groups)));
  };
  // The longest common subsequence of lines; texts are at most a few hundred lines, and longer ones are cut.
  const lines = (one, other) => {
    const a = one.split("\n").slice(0, 600), b = other.split("\n").slice(0, 600);
    const best = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    const out = [];
    let i = 0, j = 0;
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) { out.push(["same", "  ", a[i++]]); j++; }
      else if (i < a.length && (j >= b.length || best[i + 1][j] >= best[i][j + 1])) out.push(["del", "- ", a[i++]]);
      else out.push(["add", "+ ", b[j++]]);
    }
    return out;
  };
  const difference = (payload) => {
    if (!state.s || !state.t) return [];
    const left = payload.models[modelAt(state.a)].find((each) => String(each.n) === state.s);
    const right = payload.models[modelAt(state.b)].find((each) => String(each.n) === state.t);
    if (!left || !right) return [];
    const shown = lines(payload.texts[left.t], payload.texts[right.t]).map(([kind, sign, text]) => make("span", { class: kind }, sign, visible(text), "\n"));
    return [make("section", { class: "diff", "aria-label": "Difference" }, make("h3", {}, clean(`From sample ${left.n} of ${models[modelAt(state.a)].name} to sample ${right.n} of ${models[modelAt(state.b)].name}`)), make("pre", { tabindex: "0" }, ...shown))];
  };
  const show = (payload) => {
    const groups = letters(payload);
    const one = pick("Left", "a", names), other = pick("Right", "b", names);
    one.lastChild.value = state.a;
    other.lastChild.value = state.b;
    const facts = [payload.difficulty, ...payload.facts.map(([name, text]) => `${name}: ${text}`)].join(" · ");
    document.getElementById("detail").replaceChildren(
      make("h2", {}, clean(payload.id)), make("p", { class: "faint" }, clean(facts)),
      ...block("Prompt", payload.prompt, true), ...block("Given", payload.body, false), ...block("Tests", payload.tests, false), ...block("Reference solution", payload.reference, false),
      make("div", { class: "pick" }, one, ...(models.length > 1 ? [other] : [])), ...difference(payload),
      make("div", { class: "sides" }, side(payload, state.a, "s", groups), ...(models.length > 1 ? [side(payload, state.b, "t", groups)] : [])));
  };

  const read = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const name of Object.keys(state)) state[name] = given.get(name) ?? DEFAULTS[name];
    for (const field of filters.elements) if (field.name && document.activeElement !== field) field.value = state[field.name];
    showList();
    const number = place.get(state.p);
    if (number === undefined) return;
    const wanted = state.p;
    load(number).then((payload) => { if (state.p === wanted) show(payload); }, (fault) => { document.getElementById("detail").replaceChildren(make("p", { class: "warning" }, `${clean(wanted)}: ${fault.message}`)); });
  };
  addEventListener("hashchange", read);
  read();
})();
