// The page of results: searches the sections of the book with MiniSearch, best first.
// A plain script, not a module: a browser loads no module from a page that was opened as a file.

(() => {
  const HAN = /\p{Script=Han}/u;
  const FIELDS = { title: 6, page: 2, text: 1 };
  const MOST = 25;
  // Lists of what stands elsewhere come behind it.
  const LISTS = { glossary: 0.5, api: 0.8, api_figures: 0.4, index: 0.8 };
  const ENDS = new Set([
    "Further reading",
    "What to remember",
    "What you need",
    "Questions on paper",
    "Exercises",
  ]);

  /** Words; a name with underscores also by its parts; Chinese by pairs of characters. */
  function words(text) {
    const found = [];
    for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+(?:[._'’-][\p{L}\p{N}]+)*/gu) ?? []) {
      if (HAN.test(word)) {
        for (const run of word.match(/\p{Script=Han}+/gu)) {
          if (run.length === 1) found.push(run);
          for (let k = 0; k + 2 <= run.length; k++) found.push(run.slice(k, k + 2));
        }
        continue;
      }
      found.push(word);
      const parts = word.split(/[._'’-]/);
      if (parts.length > 1 && !/^[\d.]+$/.test(word)) found.push(...parts.filter((part) => part.length > 1));
    }
    return found;
  }

  /** What is not asked for by name: too common to tell sections apart. */
  const COMMON = new Set(
    "a an and are as at be by do does for from how i in is it my of on or that the this to what when which with".split(
      " ",
    ),
  );
  const term = (word) => (COMMON.has(word) ? null : word.replace(/(?<=[a-z]{3})s$/, ""));

  const index = new MiniSearch({
    fields: Object.keys(FIELDS),
    storeFields: ["docname", "anchor", "title", "page", "text"],
    tokenize: words,
    processTerm: term,
    searchOptions: {
      boost: FIELDS,
      boostDocument: (_id, _term, { docname, title }) => (LISTS[docname] ?? 1) * (ENDS.has(title) ? 0.6 : 1),
      prefix: (word) => word.length > 2,
      fuzzy: (word) => (word.length > 4 && !/\d/.test(word) ? 0.2 : false),
    },
  });
  index.addAll(
    globalThis.cnnlabSections.map(([docname, page, anchor, title, text], id) => ({
      id,
      docname,
      page,
      anchor,
      title,
      text,
    })),
  );

  /** Sections with all words first, then those with some. */
  function search(query) {
    const all = index.search(query, { combineWith: "AND" });
    const seen = new Set(all.map((hit) => hit.id));
    return [...all, ...index.search(query).filter((hit) => !seen.has(hit.id))].slice(0, MOST);
  }

  const element = (name, className, text = "") =>
    Object.assign(document.createElement(name), { className, textContent: text });

  /** A piece of the text around the first word that was found, with all found words marked. */
  function excerpt({ text, terms }) {
    const pattern = new RegExp(
      terms.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") || "$^",
      "giu",
    );
    const first = Math.max(0, text.lastIndexOf(" ", text.search(pattern) - 60) + 1);
    const line = element("p", "search-excerpt", first ? "… " : "");
    const shown = text.slice(first, first + 220);
    let end = 0;
    for (const found of shown.matchAll(pattern)) {
      line.append(shown.slice(end, found.index), element("mark", "", found[0]));
      end = found.index + found[0].length;
    }
    line.append(shown.slice(end), first + 220 < text.length ? " …" : "");
    return line;
  }

  function result(hit) {
    const item = element("li", "search-result");
    const link = element("a", "search-link", hit.title);
    link.href = `${hit.docname}.html#${hit.anchor}`;
    const place = element("span", "search-page", hit.page === hit.title ? "" : hit.page);
    item.append(link, place, excerpt(hit));
    return item;
  }

  function show(query, box) {
    const hits = query.trim() ? search(query) : [];
    const said =
      query.trim() && !hits.length ? `Nothing found for “${query}”. Try fewer words, or an English one.` : "";
    const list = element("ol", "search-list");
    list.append(...hits.map(result));
    box.replaceChildren(said ? element("p", "", said) : list);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("search-results");
    const field = document.querySelector(".bd-search-container input[type=search]");
    const query = new URLSearchParams(location.search).get("q") ?? "";
    field.value = query;
    field.focus();
    field.addEventListener("input", () => show(field.value, box));
    show(query, box);
  });
})();
