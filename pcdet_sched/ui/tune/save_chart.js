// Saves the page's first Plotly chart as SVG or PNG: its layers are put together into one picture, in the browser.
const LEFT_OUT = ".draglayer, .hoverlayer, .zoomlayer, .modebar-container";

function find(root) {
  const chart = root.querySelector(".js-plotly-plot");
  if (chart) return chart;
  for (const element of root.querySelectorAll("*")) {
    const inside = element.shadowRoot && find(element.shadowRoot);
    if (inside) return inside;
  }
  return null;
}

function picture(chart) {
  const { width, height } = chart.getBoundingClientRect();
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("style", `background:${chart._fullLayout?.paper_bgcolor ?? "#fff"}`);
  for (const layer of chart.querySelectorAll("svg.main-svg")) {
    const copy = layer.cloneNode(true);
    copy.querySelectorAll(LEFT_OUT).forEach((part) => part.remove());
    svg.append(...copy.childNodes);
  }
  return new XMLSerializer().serializeToString(svg);
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function png(text, width, height, name) {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = width * 2; // twice the size on the screen, for print and for sharp screens
    canvas.height = height * 2;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(blob, name), "image/png");
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

export default function ({ data, parentElement }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => {
      const chart = find(document);
      if (!chart) return;
      const text = picture(chart);
      const { width, height } = chart.getBoundingClientRect();
      if (button.dataset.kind === "svg") save(new Blob([text], { type: "image/svg+xml" }), `${data.stem}.svg`);
      else png(text, width, height, `${data.stem}.png`);
    };
  }
}
