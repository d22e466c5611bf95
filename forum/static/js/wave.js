// The ring of "ride it out" fills without reloading; the words are said once a minute, politely.
const box = document.querySelector("[data-wave]");
if (box) {
  const step = Number(box.dataset.wave), began = Date.now() - (Number(box.dataset.now) - Number(box.dataset.from)) * 1000;
  const dots = [...box.querySelectorAll("circle")], line = box.querySelector("[data-wave-text]");
  const show = () => {
    const seconds = Math.max(0, Math.floor((Date.now() - began) / 1000)), minutes = Math.floor(seconds / 60);
    dots.forEach((dot, place) => {
      const lit = place < Math.floor(seconds / step);
      dot.setAttribute("class", lit ? "on" : "off");
      dot.setAttribute("r", lit ? "5" : "3");
    });
    const words = minutes === 0 ? line.dataset.none : minutes === 1 ? line.dataset.one : line.dataset.many.replace("{n}", minutes);
    if (line.textContent !== words) line.textContent = words;
  };
  setInterval(show, 5000);
}
