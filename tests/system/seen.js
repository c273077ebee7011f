// What a reader sees of a page: every piece of text, how well it stands out from what is behind it, how large it is,
// and whether all of it is where it can be read.
(() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });

  // Colours laid one upon the other, as the browser itself mixes them.
  const mixed = (layers) => {
    for (const { colour, opacity } of [{ colour: "white", opacity: 1 }, ...layers]) {
      brush.globalAlpha = opacity;
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
    }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      part /= 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  const lineage = (element) => {
    const found = [];
    for (let at = element; at; at = at.parentElement) found.unshift(at);
    return found;
  };
  const opacity = (element) => lineage(element).reduce((all, at) => all * getComputedStyle(at).opacity, 1);
  // What lies under the words of a drawing: its shapes, or the seam of their own that sets the words apart from them.
  const drawn = (element, box) => {
    if (!(element instanceof SVGElement)) return [];
    const own = getComputedStyle(element);
    if (own.paintOrder.startsWith("stroke") && own.stroke !== "none") return [{ colour: own.stroke, opacity: 1 }];
    return document
      .elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2)
      .filter((at) => at instanceof SVGGeometryElement)
      .reverse()
      .map((at) => {
        const { fill, fillOpacity, stroke, strokeOpacity } = getComputedStyle(at);
        return at instanceof SVGLineElement || fill === "none"
          ? { colour: stroke, opacity: strokeOpacity * opacity(at) }
          : { colour: fill, opacity: fillOpacity * opacity(at) };
      });
  };
  const ground = (element, box) => [
    ...lineage(element).map((at) => ({ colour: getComputedStyle(at).backgroundColor, opacity: opacity(at) })),
    ...drawn(element, box),
  ];
  const scale = (element) => (element instanceof SVGElement ? element.getScreenCTM().a : 1);

  // What only a screen reader is told lies in a box of one pixel; it may be anywhere.
  const hidden = (element) =>
    !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) ||
    lineage(element).some((at) => getComputedStyle(at).clipPath !== "none");
  const scrolls = (at) => ["auto", "scroll"].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth;
  const cut = (at) => {
    const style = getComputedStyle(at);
    return (
      (["hidden", "clip"].includes(style.overflowX) && at.scrollWidth > at.clientWidth) ||
      (["hidden", "clip"].includes(style.overflowY) && at.scrollHeight > at.clientHeight)
    );
  };

  // Words that are torn although nothing in them is too long for a line of its own.
  const torn = [];
  const tear = (text) => {
    for (const word of text.data.matchAll(/[^\s\-–/]+/g)) {
      if (word[0].length > 20 || !/^[\p{Script=Latin}\p{N}]+[.,:;]?$/u.test(word[0])) continue;
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const tops = new Set([...range.getClientRects()].filter((box) => box.width > 0).map((box) => Math.round(box.top)));
      if (tops.size > 1) torn.push(word[0]);
    }
  };

  const pieces = [];
  const add = (words, element, style, boxes) => {
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const size = parseFloat(style.fontSize) * scale(element);
    for (const box of boxes) {
      const behind = ground(element, box);
      pieces.push({
        words: words.trim().slice(0, 60),
        size,
        large: size >= 24 || (size >= 18.66 && style.fontWeight >= 700),
        contrast: contrast(mixed([...behind, { colour: ink, opacity: opacity(element) }]), mixed(behind)),
        box: [box.left + scrollX, box.top + scrollY, box.right + scrollX, box.bottom + scrollY],
        // Out of the window, or out of a box that does not let it through.
        outside: !lineage(element).some(scrolls) && (box.left < -1 || box.right > innerWidth + 1),
        cut: lineage(element).some(cut),
      });
    }
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.data.trim() || hidden(text.parentElement)) continue;
    tear(text);
    const range = document.createRange();
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0 && box.height > 0);
    add(text.data, text.parentElement, getComputedStyle(text.parentElement), boxes);
  }
  for (const element of document.body.querySelectorAll("*")) {
    for (const pseudo of ["::before", "::after"]) {
      const style = getComputedStyle(element, pseudo);
      const words = style.content.replace(/^"|"$/g, "").trim();
      if (!["none", "normal", ""].includes(words) && !hidden(element)) {
        add(words, element, style, [element.getBoundingClientRect()]);
        pieces.at(-1).label = true;
      }
    }
  }

  const overlaps = [];
  const own = pieces.filter((piece) => !piece.label);
  own.sort((one, other) => one.box[1] - other.box[1]);
  own.forEach((one, index) => {
    for (const other of own.slice(index + 1)) {
      if (other.box[1] > one.box[3]) break;
      const across = Math.min(one.box[2], other.box[2]) - Math.max(one.box[0], other.box[0]);
      const down = Math.min(one.box[3], other.box[3]) - Math.max(one.box[1], other.box[1]);
      // A letter seldom fills its box: a little may lie upon the next one's.
      if (across > 3 && down > 3) overlaps.push(`${one.words} | ${other.words}`);
    }
  });

  return {
    width: document.documentElement.scrollWidth,
    pieces,
    overlaps,
    torn,
    frames: [...document.querySelectorAll("body *")].filter(scrolls).map((at) => {
      const box = at.getBoundingClientRect();
      return { words: at.textContent.trim().slice(0, 60), left: box.left, right: box.right };
    }),
    paper: mixed([{ colour: getComputedStyle(document.documentElement).backgroundColor, opacity: 1 }]),
  };
})();
