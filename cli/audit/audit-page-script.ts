// What makes the page's table sort, filter and turn its pages. Plain JavaScript as text, because the page has to be one
// file; it makes elements and texts only, never markup, so no value can become one.
export const auditPageScript = `
"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const [search, select, body, status, empty, place] =
    ["search", "finding", "rows", "status", "empty", "place"].map(byId);
  const [previous, next, showAll] = ["previous", "next", "show-all"].map(byId);
  const tiles = [...document.querySelectorAll(".tile")];
  const headings = [...document.querySelectorAll("th[data-sort]")];
  const pageSize = 50;
  const mostPrinted = 2000;

  let sort = "finding";
  let isDescending = false;
  let page = 0;
  let found = data.rows;
  const shown = new Set();
  let isAllShown = false;

  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const keys = {
    user: (row) => row.name || row.email || row.id,
    from: (row) => row.from + " " + row.host,
    finding: (row) => row.rank,
  };
  for (const row of data.rows) {
    row.rank = Math.min(...row.findings.map(({ kind }) => data.kinds[kind].rank));
    const texts = [row.name, row.email, row.id, row.rawId, row.address, row.hidden, row.connection, row.from];
    row.text = texts.concat(row.findings.map(({ reason }) => reason)).join("\\n").toLowerCase();
  }

  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  function initials(row) {
    const words = (row.name || row.email || row.id).split(/[\\s._|@-]+/);
    const letters = words.filter((word) => /^[\\p{L}\\p{N}]/u.test(word));
    return letters.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("") || "?";
  }

  function picture(row) {
    const isDead = row.findings.some(({ kind }) => kind === "dead");
    const avatar = make("span", { className: isDead ? "avatar broken" : "avatar" });
    avatar.setAttribute("aria-hidden", "true");
    avatar.append(isDead ? "✕" : initials(row));
    const cell = make("div", { className: "picture" }, avatar);
    const load = () => {
      const image = make("img", { alt: "", width: 56, height: 56, decoding: "async", loading: "lazy" });
      image.referrerPolicy = "no-referrer";
      image.addEventListener("error", () => {
        image.remove();
        avatar.classList.add("broken");
        avatar.replaceChildren("✕");
      });
      image.src = row.picture;
      avatar.append(image);
    };
    if (!row.picture) return cell;
    if (row.isStores || isAllShown || shown.has(row)) load();
    else {
      const button = make("button", { type: "button", title: "Asks " + row.host + " for the picture" }, "Show");
      button.setAttribute("aria-label", "Show the picture of " + (row.name || row.email || row.id));
      button.addEventListener("click", () => {
        shown.add(row);
        button.remove();
        load();
      });
      cell.append(button);
    }
    return cell;
  }

  function command(text) {
    const button = make("button", { type: "button" }, "Copy");
    button.setAttribute("aria-label", "Copy the command " + text);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(button.previousSibling);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    return make("li", { className: "command" }, make("code", {}, text), button);
  }

  // A line ends after the host, if it has to.
  function address(whole, short) {
    const [host, ...rest] = short.split(/(?=[/?])/);
    return make("code", { title: whole }, make("bdi", {}, host, make("wbr"), rest.join("")));
  }

  function tableRow(row) {
    const user = make("th", { scope: "row" });
    const lines = make("div", { className: "lines" });
    if (row.name) lines.append(make("bdi", { className: "name" }, row.name));
    if (row.email && row.email !== row.name) lines.append(make("bdi", {}, row.email));
    lines.append(make("code", {}, make("bdi", {}, row.id)));
    user.append(lines);
    const from = make("div", { className: "lines" }, make("span", {}, row.from));
    if (row.connection) {
      const connection = make("bdi", {}, row.connection);
      from.append(make("span", { className: "soft small" }, "logs in by ", connection));
    }
    if (row.address) from.append(address(row.address, row.short));
    if (row.hidden)
      from.append(make("span", { className: "soft small" }, "not shown:"), address(row.hidden, row.shortHidden));
    const what = make("ul", { className: "plain" });
    for (const { kind, reason } of row.findings) {
      const { title, isWrong } = data.kinds[kind];
      const badge = make("span", { className: isWrong ? "badge wrong" : "badge" }, title);
      what.append(make("li", {}, badge, make("bdi", {}, reason)));
    }
    const todo = make("ul", { className: "plain" }, ...row.commands.map(command));
    const advice = make("span", { className: "soft" }, row.advice);
    const cells = [from, what, row.commands.length > 0 ? todo : advice].map((cell) => make("td", {}, cell));
    return make("tr", {}, make("td", {}, picture(row)), user, ...cells);
  }

  const number = (count) => count.toLocaleString("en");

  function render(first = page * pageSize, count = pageSize) {
    body.replaceChildren(...found.slice(first, first + count).map(tableRow));
    const last = Math.min(first + count, found.length);
    const range = number(first + 1) + " to " + number(last) + " of " + number(found.length);
    place.textContent = found.length === 0 ? "" : range;
    previous.disabled = page === 0;
    next.disabled = last >= found.length;
    empty.hidden = found.length > 0;
  }

  function update() {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const kind = select.value;
    const direction = isDescending ? -1 : 1;
    const key = keys[sort];
    found = data.rows.filter(
      (row) =>
        (kind === "" || row.findings.some((finding) => finding.kind === kind)) &&
        words.every((word) => row.text.includes(word)),
    );
    const keyed = found.map((row) => [key(row), row]);
    // Who is alike stays in the order of names.
    const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));
    keyed.sort(([a, one], [b, other]) => direction * compare(a, b) || compare(keys.user(one), keys.user(other)));
    found = keyed.map(([, row]) => row);
    page = 0;
    for (const tile of tiles) tile.setAttribute("aria-pressed", String(tile.dataset.kind === kind));
    for (const heading of headings) {
      if (heading.dataset.sort === sort) heading.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    }
    render();
    tell();
  }

  let telling;
  function tell() {
    clearTimeout(telling);
    // Not at each letter that is typed.
    telling = setTimeout(() => {
      const users = found.length === 1 ? "1 user" : number(found.length) + " users";
      status.textContent = users + (found.length === data.rows.length ? "" : " of " + number(data.rows.length));
    }, 200);
  }

  search.addEventListener("input", () => update());
  select.addEventListener("change", () => update());
  for (const tile of tiles)
    tile.addEventListener("click", () => {
      select.value = select.value === tile.dataset.kind ? "" : tile.dataset.kind;
      update();
    });
  for (const heading of headings)
    heading.firstElementChild.addEventListener("click", () => {
      isDescending = sort === heading.dataset.sort && !isDescending;
      sort = heading.dataset.sort;
      update();
    });
  const turn = (by) => {
    page += by;
    render();
    byId("users").scrollIntoView({ block: "start" });
  };
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  showAll?.addEventListener("click", () => {
    isAllShown = true;
    showAll.hidden = true;
    render();
    search.focus();
  });
  // On paper there are no pages to turn.
  addEventListener("beforeprint", () => render(0, mostPrinted));
  addEventListener("afterprint", () => render());
  document.querySelector(".interactive").hidden = false;
  update();
}
`;
