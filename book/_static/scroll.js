// What is wider than its column scrolls: then a key can scroll it, too, and a shade at its edge says so.
(() => {
  const WIDE = "table.table, mjx-container[display=true], div.math, pre, .cnnlab-ratios";
  const look = () => {
    for (const box of document.querySelectorAll(`article :is(${WIDE})`)) {
      const wide = box.scrollWidth > box.clientWidth + 1;
      box.classList.toggle("scrolls", wide);
      if (wide && !box.hasAttribute("tabindex")) box.tabIndex = 0;
    }
  };
  window.addEventListener("load", () => {
    look();
    window.MathJax?.startup?.promise?.then(look);
  });
  window.addEventListener("resize", look);
  document.addEventListener("toggle", look, true);
})();
