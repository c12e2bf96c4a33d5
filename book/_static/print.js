// On paper, and in a PDF, every proof is open; afterwards each is as it was.
const shut = () => document.querySelectorAll("details:not([open])");
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...shut()];
  opened.forEach((one) => {
    one.open = true;
  });
});
window.addEventListener("afterprint", () => {
  opened.forEach((one) => {
    one.open = false;
  });
});
