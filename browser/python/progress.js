// On the index: how much of each chapter the reader has solved, as the browser remembers it (see store.js).

(() => {
  const exercises = JSON.parse(document.currentScript.dataset.exercises); // chapter -> its exercises
  const solved = (name) => {
    try {
      return JSON.parse(localStorage.getItem(`cnnlab:exercise:${name}`))?.solved === true;
    } catch {
      return false; // no store, or something in it that is not ours
    }
  };
  for (const [chapter, names] of Object.entries(exercises)) {
    const done = names.filter(solved).length;
    const link = document.querySelector(`article li a[href^="${chapter}.html"]`);
    if (!done || !link) continue;
    const words = document.createElement("span");
    words.className = "cnnlab-progress";
    words.textContent = ` ${done === names.length ? "✓" : "·"} exercises: ${done} of ${names.length} solved`;
    link.closest("li").firstElementChild.append(words);
  }
})();
