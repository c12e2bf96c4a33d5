// An animation: frames made beforehand, of which one is visible, and the buttons back, play and step.

const PAUSE = 1400; // milliseconds

class CnnlabAnimation extends HTMLElement {
  connectedCallback() {
    this.at = [...this.querySelectorAll(".frame")].findIndex((frame) => frame.matches(".now"));
    this.part("step").onclick = () => this.stop(1);
    this.part("back").onclick = () => this.stop(-1);
    this.part("play").onclick = () => (this.timer ? this.stop(0) : this.play());
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.timer = null;
  }

  part(name) {
    return this.querySelector(`.${name}`);
  }

  move(by) {
    const frames = this.querySelectorAll(".frame");
    frames[this.at].classList.remove("now");
    this.at = (this.at + by + frames.length) % frames.length;
    frames[this.at].classList.add("now");
  }

  play() {
    this.timer = setInterval(() => this.move(1), PAUSE);
    this.part("play").textContent = "pause";
    this.part("frames").setAttribute("aria-live", "off"); // nobody wants to hear each frame
  }

  stop(by) {
    clearInterval(this.timer);
    this.timer = null;
    this.part("play").textContent = "play";
    this.part("frames").setAttribute("aria-live", "polite");
    this.move(by);
  }
}

if (!customElements.get("cnnlab-animation")) {
  customElements.define("cnnlab-animation", CnnlabAnimation);
}
