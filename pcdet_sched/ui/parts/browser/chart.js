// Draws a Plotly figure in place of the one before: zoom and hidden lines stay, nothing is built anew.
// chart.py sends the figure, the words and where plotly.js lies; the page asks no other address for anything.

const charts = new WeakMap(); // the element that Streamlit gives a chart → what is known of it

/** Draw what Python sent; called at the first time and after every change. */
export default async function draw(component, plotlyUrl) {
  const { data, parentElement } = component;
  const chart = charts.get(parentElement) ?? begin(parentElement);
  chart.component = component;
  chart.data = data;
  chart.figure = JSON.parse(new TextDecoder().decode(data));
  const Plotly = await ready(plotlyUrl, chart.figure.layout.font);
  if (charts.get(parentElement) === chart) render(Plotly, chart);
  // Streamlit also ends a call that a later one is about to overtake: the chart is the later one's, and stays.
  return () => { if (!parentElement.isConnected) end(Plotly, parentElement); };
}

let loading = null;

/** plotly.js, which the page loads once, and the font that it measures texts with. */
function ready(url, font) {
  loading ??= Promise.all([library(url), lettering(font)]).then(([Plotly]) => Plotly);
  return loading;
}

function library(url) {
  if (globalThis.Plotly) return globalThis.Plotly;
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: url, async: true });
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => reject(new Error(`${url} could not be loaded`));
    document.head.append(script);
  });
}

/** A legend that is measured in another font than it is drawn in is cut; a font that does not come is done without. */
function lettering(font) {
  const late = new Promise((resolve) => setTimeout(resolve, 1500));
  return Promise.race([document.fonts.load(`${font?.size ?? 12}px ${font?.family ?? "sans-serif"}`), late]).catch(() => {});
}

function begin(parent) {
  const box = Object.assign(document.createElement("div"), { className: "ps-chart" });
  const plot = box.appendChild(document.createElement("div"));
  parent.append(box);
  const chart = {
    box, plot, watch: null, width: 0, drawn: null, // what was drawn last
    sliders: new Map(), drag: null, says: null, // the handles, the one that is moved, what the YAML will read
    typing: null, last: "", // the field whose text is not entered yet; the step that was touched last
    who: crypto.getRandomValues(new Uint32Array(1))[0], count: 0, sent: 0, waiting: false, pending: [], sentAt: 0,
  };
  charts.set(parent, chart);
  return chart;
}

function end(Plotly, parent) {
  const chart = charts.get(parent);
  charts.delete(parent);
  chart?.watch?.disconnect();
  chart?.quit?.abort();
  if (!chart) return;
  Plotly.purge(chart.plot);
  chart.box.remove(); // the element may be given the next chart
}

function render(Plotly, chart) {
  const { data, layout } = chart.figure;
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false; // a finger on the plot scrolls the page
  if (chart.drag) keepRange(chart.drag, layout);
  chart.width = chart.box.clientWidth;
  const kept = { uirevision: layout.xaxis?.title?.text ?? "same", width: chart.width || undefined };
  if (!same(chart.data, chart.drawn)) Plotly.react(chart.plot, data, { ...layout, ...kept }, { displayModeBar: false });
  chart.drawn = chart.data;
  if (!chart.watch) {
    chart.row = chart.box.appendChild(Object.assign(document.createElement("div"), { className: "ps-row" }));
    pictures(Plotly, chart);
    if (chart.figure.hand) beginHand(chart);
    chart.plot.on("plotly_afterplot", () => placeHandles(chart));
    chart.watch = new ResizeObserver(() => resize(Plotly, chart));
    chart.watch.observe(chart.box);
  }
  if (chart.figure.hand) received(chart, chart.figure.hand);
  placeHandles(chart);
}

/** Whether Python sent the same once more: what was drawn ahead comes again in its turn. */
function same(one, other) {
  return one.length === other?.length && one.every((byte, at) => byte === other[at]);
}

function resize(Plotly, chart) {
  const width = chart.box.clientWidth;
  if (!width || width === chart.width) return;
  chart.width = width;
  Plotly.relayout(chart.plot, { width });
}

function button(chart, text, title, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, title });
  made.setAttribute("aria-label", title);
  made.addEventListener("click", act);
  return chart.row.appendChild(made);
}

/** Save the chart as it is on the screen; the browser makes the picture, nothing is sent. */
function pictures(Plotly, chart) {
  for (const format of ["png", "svg"]) {
    button(chart, format.toUpperCase(), chart.figure.words[format], () => {
      const { width, height } = chart.plot._fullLayout;
      const scale = format === "png" ? 2 : 1; // for print and for sharp screens
      Plotly.downloadImage(chart.plot, { format, filename: chart.figure.stem, width, height, scale });
    });
  }
}

// Handles. No formula of a schedule is here: a position goes to Python, and the curve that comes back is drawn.

function beginHand(chart) {
  chart.quit = new AbortController();
  chart.says = chart.box.appendChild(Object.assign(document.createElement("div"), { className: "ps-says" }));
  chart.says.setAttribute("role", "status");
  const { words } = chart.figure;
  chart.more = button(chart, words.add, words.add, () => send(chart, { kind: "add" }));
  chart.less = button(chart, words.remove, words.remove, () => removeStep(chart));
  const listen = (name, act) => document.addEventListener(name, act, { signal: chart.quit.signal, capture: true });
  listen("keydown", (event) => shortcut(chart, event));
  listen("input", (event) => { chart.typing = event.target; });
  listen("change", () => { chart.typing = null; });
}

/** Ctrl+Z and Escape, wherever the focus is; in a field whose text is not entered yet Ctrl+Z is the browser's own. */
function shortcut(chart, event) {
  if (event.key === "Enter") chart.typing = null;
  if (event.key === "Escape") cancel(chart);
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target === chart.typing) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y" || event.target.closest?.("textarea, [contenteditable=true]")) return;
  event.preventDefault();
  send(chart, { kind: key === "y" || event.shiftKey ? "redo" : "undo" });
}

function cancel(chart) {
  if (!chart.drag) return;
  const { op } = chart.drag;
  chart.drag = null;
  if (op) send(chart, { kind: "cancel" });
}

/** Add to what Python is to do. All of it is sent until Python says that it was done; of moves the last one counts. */
function send(chart, op) {
  const last = chart.pending.at(-1);
  if (last?.kind === "move" && last.n > chart.sent) chart.pending.pop();
  chart.pending.push({ ...op, n: ++chart.count });
  flush(chart);
}

function flush(chart) {
  if (chart.waiting || !chart.pending.length) return;
  const wait = chart.sentAt + chart.figure.hand.pace - performance.now();
  if (wait > 0 && chart.pending.at(-1).kind === "move") {
    setTimeout(() => flush(chart), wait);
    return;
  }
  const sent = chart.sent = chart.count;
  chart.waiting = true;
  chart.sentAt = performance.now();
  chart.component.setStateValue("hand", { who: chart.who, ops: chart.pending, at: chart.sentAt });
  setTimeout(() => lost(chart, sent), 4000);
}

/** Send again what has had no answer: its connection may have broken. */
function lost(chart, sent) {
  if (!chart.waiting || chart.sent !== sent || !charts.has(chart.component.parentElement)) return;
  chart.waiting = false;
  flush(chart);
}

function received(chart, hand) {
  if (hand.who === chart.who) chart.pending = chart.pending.filter((op) => op.n > hand.ack);
  chart.waiting = chart.pending.some((op) => op.n <= chart.sent);
  if (chart.says.textContent !== hand.says) chart.says.textContent = hand.says;
  chart.more.hidden = !hand.add;
  chart.less.hidden = !hand.handles.some((handle) => handle.removable);
  flush(chart);
}

/** Put each handle where Python says that it stands on the curve. */
function placeHandles(chart) {
  const axes = chart.plot._fullLayout;
  const wanted = chart.figure.hand?.handles ?? [];
  for (const [name, slider] of chart.sliders) {
    if (wanted.some((handle) => handle.name === name)) continue;
    slider.remove();
    chart.sliders.delete(name);
  }
  for (const handle of wanted) {
    const slider = chart.sliders.get(handle.name) ?? newSlider(chart, handle.name);
    const [xAxis, yAxis] = [axes.xaxis, handle.axis === "y2" ? axes.yaxis2 : axes.yaxis];
    if (slider.handle !== handle) describe(slider, handle);
    const [left, top] = [xAxis.d2p(handle.x), yAxis.d2p(handle.y)];
    slider.hidden = !(left >= -1 && left <= xAxis._length + 1 && top >= -1 && top <= yAxis._length + 1);
    slider.style.transform = `translate(${xAxis._offset + left - 22}px, ${yAxis._offset + top - 22}px)`;
  }
}

function describe(slider, handle) {
  slider.handle = handle;
  const says = { label: handle.label, valuetext: handle.text, valuenow: handle.now, valuemin: handle.min, valuemax: handle.max };
  for (const [name, value] of Object.entries(says)) slider.setAttribute(`aria-${name}`, value);
  slider.title = handle.text;
}

function newSlider(chart, name) {
  const slider = Object.assign(document.createElement("div"), { className: "ps-hand", tabIndex: 0 });
  slider.setAttribute("role", "slider");
  slider.addEventListener("pointerdown", (event) => grab(chart, slider, event));
  slider.addEventListener("pointermove", (event) => pull(chart, event));
  slider.addEventListener("pointerup", () => release(chart));
  slider.addEventListener("pointercancel", () => cancel(chart));
  slider.addEventListener("focus", () => { chart.last = name; });
  slider.addEventListener("keydown", (event) => press(chart, slider.handle, event));
  chart.sliders.set(name, slider);
  return chart.box.insertBefore(slider, chart.row);
}

function grab(chart, slider, event) {
  if (event.button || chart.drag) return;
  event.preventDefault(); // no text is selected, no picture dragged
  slider.setPointerCapture(event.pointerId);
  slider.focus({ preventScroll: true });
  const { handle } = slider;
  const axes = chart.plot._fullLayout;
  const yName = handle.axis === "y2" ? "yaxis2" : "yaxis";
  const scale = ({ range, _length, type }) => ({ range: [...range], length: _length, log: type === "log" });
  chart.drag = {
    handle, yName, x: scale(axes.xaxis), y: scale(axes[yName]), startX: event.clientX, startY: event.clientY,
    left: axes.xaxis.d2p(handle.x), top: axes[yName].d2p(handle.y), op: null,
  };
}

/** The value at a pixel of an axis as it was when the handle was taken. */
function valueAt({ range: [low, high], length, log }, part) {
  const value = low + (high - low) * (part / length);
  return log ? 10 ** value : value;
}

const STILL = 4; // pixels that a hand trembles: a direction in which it moves no more than that keeps its value

function pull(chart, event) {
  const { drag } = chart;
  if (!drag) return;
  const [right, down] = [event.clientX - drag.startX, event.clientY - drag.startY];
  if (!drag.op && Math.hypot(right, down) < STILL) return;
  const sideways = drag.handle.sideways && Math.abs(right) >= STILL;
  const upright = drag.handle.upright && Math.abs(down) >= STILL;
  const x = sideways ? valueAt(drag.x, drag.left + right) : drag.handle.x;
  const y = upright ? valueAt(drag.y, drag.y.length - drag.top - down) : drag.handle.y;
  drag.op = { handle: drag.handle.name, x, y, fine: event.shiftKey };
  send(chart, { kind: "move", ...drag.op });
}

function release(chart) {
  const { drag } = chart;
  chart.drag = null;
  if (drag?.op) send(chart, { kind: "drop", ...drag.op });
}

/** While a handle moves its axis stays, or grows where the curve leaves it. */
function keepRange({ y, yName }, layout) {
  const [low, high] = layout[yName].range ?? y.range;
  layout[yName].range = [Math.min(low, y.range[0]), Math.max(high, y.range[1])];
}

const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", PageUp: "up", PageDown: "down" };
const TURNED = { up: "right", down: "left", left: "down", right: "up" };

function press(chart, handle, event) {
  let direction = ARROWS[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (direction) {
    const upright = direction === "up" || direction === "down";
    if (!(upright ? handle.upright : handle.sideways)) direction = TURNED[direction];
    const size = event.key.startsWith("Page") ? "coarse" : event.shiftKey ? "fine" : "normal";
    send(chart, { kind: "push", handle: handle.name, direction, size });
  } else if ((event.key === "Delete" || event.key === "Backspace") && handle.removable) {
    send(chart, { kind: "remove", handle: handle.name });
  } else return;
  event.preventDefault();
}

/** The step that was touched last, or the last one. */
function removeStep(chart) {
  const steps = chart.figure.hand.handles.filter((handle) => handle.removable);
  const step = steps.find((handle) => handle.name === chart.last) ?? steps.at(-1);
  if (step) send(chart, { kind: "remove", handle: step.name });
}
