"use strict";
// Everything can be read without this script. It adds filters, sorting, copying, the theme, and the reader's own time.
// What the reader chose stands behind "#" in the address (#vm-1234&theme=dark&q=web): nothing is stored.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = document.getElementById("filters");
  const table = document.getElementById("table");
  const rows = all("tbody tr", table);
  const shown = document.getElementById("shown");
  const theme = document.getElementById("theme");
  const names = ["q", "grade", "line", "sub"];
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  let place = "";
  let chosen = "";

  const read = () => {
    const parts = location.hash.slice(1).split("&");
    const first = parts[0].includes("=") ? "" : parts.shift();
    return { place: first || "", state: new URLSearchParams(parts.join("&")) };
  };

  const write = () => {
    const state = new URLSearchParams();
    for (const name of names) if (form.elements[name].value) state.set(name, form.elements[name].value);
    if (chosen) state.set("theme", chosen);
    const hash = [place, state.toString()].filter(Boolean).join("&");
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };

  const paint = () => {
    document.documentElement.classList.toggle("dark", chosen === "dark");
    document.documentElement.classList.toggle("light", chosen === "light");
    const dark = chosen ? chosen === "dark" : prefersDark.matches;
    theme.textContent = dark ? "Light" : "Dark";
    theme.setAttribute("aria-label", dark ? "Use the light theme" : "Use the dark theme");
  };

  const texts = new Map(rows.map((row) => [row, (row.textContent + " " + row.dataset.tags).toLowerCase()]));
  const filter = () => {
    const { q, grade, line, sub } = Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const keep =
        (!grade || row.dataset.grade === grade) &&
        (!line || row.dataset.line.split(" ").includes(line)) &&
        (!sub || row.dataset.sub === sub) &&
        words.every((word) => texts.get(row).includes(word));
      row.hidden = !keep;
      count += keep;
    }
    shown.textContent = count === rows.length ? `${count} shown` : `${count} of ${rows.length} shown`;
  };

  const compare = (key) => (a, b) =>
    key === "rank" ? a.dataset.rank - b.dataset.rank : a.dataset[key].localeCompare(b.dataset[key], "en", { numeric: true });
  for (const head of all("th[data-sort]", table)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorter";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of all("th[data-sort]", table)) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort(compare(head.dataset.sort));
      if (down) rows.reverse();
      table.tBodies[0].append(...rows);
    });
  }

  const copy = async (button) => {
    const text = button.dataset.copy;
    const was = [...button.childNodes];
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.replaceChildren(...was); }, 1600);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
    const link = event.target.closest("a[data-filter]");
    if (link) {
      for (const [name, value] of new URLSearchParams(link.dataset.filter)) form.elements[name].value = value;
      filter();
    }
  });
  theme.addEventListener("click", () => {
    const dark = chosen ? chosen === "dark" : prefersDark.matches;
    chosen = dark ? "light" : "dark";
    paint();
    write();
  });
  prefersDark.addEventListener("change", paint);
  form.addEventListener("input", () => { filter(); write(); });
  form.addEventListener("submit", (event) => event.preventDefault());

  const arrive = () => {
    const found = read();
    place = found.place;
    if (found.state.size) for (const name of names) form.elements[name].value = found.state.get(name) || "";
    chosen = found.state.has("theme") ? found.state.get("theme") : chosen;
    paint();
    filter();
    const target = place && document.getElementById(place);
    if (target && location.hash.includes("&")) target.scrollIntoView();
    if (target && target.matches("details")) target.open = true;
    if (chosen && !found.state.has("theme")) write();
  };
  addEventListener("hashchange", arrive);

  for (const moment of all("time[datetime]")) {
    const date = new Date(moment.dateTime);
    if (isNaN(date) || !date.getTimezoneOffset()) continue;
    const own = date.toLocaleString("en", { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false });
    moment.after(` (${own} here)`);
  }
  for (const control of [form, theme, ...all("button.copy")]) control.hidden = false;
  arrive();
})();
