// What a reader would stumble over, measured on the page as the browser shows it.
() => {
  const brief = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Shape: landmarks, headings, names.
  const named = (element) =>
    element.closest("[aria-hidden=true]") !== null ||
    (element.getAttribute("aria-label") ?? element.getAttribute("alt") ?? "").trim() !== "" ||
    (element.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean)
      .some((id) => document.getElementById(id)?.textContent.trim()) ||
    element.querySelector(":scope > title")?.textContent.trim();
  const shape = [];
  if (document.documentElement.lang !== "zh-CN") shape.push("page language is not zh-CN");
  if (!document.title.trim()) shape.push("no title");
  for (const [selector, wanted] of [["h1", 1], ["main", 1]]) {
    const found = all(selector).length;
    if (found !== wanted) shape.push(`${found} ${selector}`);
  }
  if (!all("nav").length) shape.push("no nav");
  for (const nav of all("nav")) if (!named(nav)) shape.push(`nav without label: ${brief(nav)}`);
  for (const table of all("table")) {
    if (!table.caption && !table.querySelector("th")) shape.push(`bare table: ${brief(table)}`);
  }
  for (const image of all("img, svg")) if (!named(image)) shape.push(`unnamed: ${brief(image)}`);
  for (const link of all("a, button, summary")) {
    if (!link.textContent.trim() && !named(link)) shape.push(`empty: ${brief(link)}`);
  }
  const ids = all("[id]").map((element) => element.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) shape.push(`ids used twice: ${twice}`);
  const levels = all("h1, h2, h3, h4").map((heading) => Number(heading.tagName[1]));
  levels.forEach((level, at) => {
    if (at && level > levels[at - 1] + 1) shape.push(`heading jumps to h${level}`);
  });

  // Contrast: every visible text against what is painted under it (WCAG 2.2, 1.4.3).
  const colour = (text) => {
    const parts = text.match(/^rgba?\(([^)]+)\)$/)?.[1].split(/[,/ ]+/).filter(Boolean).map(Number);
    if (!parts) throw new Error(`cannot read the colour ${text}`);
    return [parts[0], parts[1], parts[2], parts[3] ?? 1];
  };
  const over = (top, under) =>
    [0, 1, 2].map((at) => top[at] * top[3] + under[at] * (1 - top[3])).concat(1);
  const paper = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [bright, dim] = [light(one), light(other)].sort((a, b) => b - a);
    return (bright + 0.05) / (dim + 0.05);
  };
  const seen = (element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > 0;
  };
  const faint = [];
  let texts = 0;
  let lowest = 21;
  const judge = (element, ink, text) => {
    // A number on a dot of a chart is read against the dot.
    const shapeUnder = element instanceof SVGElement ? element.previousElementSibling : null;
    const onShape = shapeUnder?.tagName === "circle";
    const under = onShape ? colour(getComputedStyle(shapeUnder).fill) : paper(element);
    const found = ratio(over(ink, under), under);
    texts += 1;
    lowest = Math.min(lowest, found);
    if (found < 4.5) faint.push(`${found.toFixed(2)} ${text.trim().slice(0, 20)}: ${brief(element)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(element)) continue;
    const style = getComputedStyle(element);
    const isDrawn = element instanceof SVGElement;
    judge(element, colour(isDrawn ? style.fill : style.color), walker.currentNode.data);
  }
  for (const element of all("td, a, span")) {
    const before = getComputedStyle(element, "::before");
    if (!["none", "normal", '""'].includes(before.content) && before.display !== "none" && seen(element)) {
      judge(element, colour(before.color), before.content);
    }
  }

  const root = document.documentElement;
  return { shape, faint, texts, lowest, too_wide: Math.max(0, root.scrollWidth - innerWidth) };
}
