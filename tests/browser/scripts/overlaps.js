// Pairs of texts that cover each other, as "one | other". What is scrolled out of sight or cut off is not seen,
// so it covers nothing.
() => {
  const TOLERANCE = 2;

  const seenPart = (rect, element) => {
    let {left, top, right, bottom} = rect;
    for (let outer = element; outer; outer = outer.parentElement) {
      const style = getComputedStyle(outer);
      if (style.visibility === "hidden" || style.opacity === "0") return null;
      if (style.clipPath !== "none" || style.clip !== "auto") return null;
      if (style.overflowX !== "visible" || style.overflowY !== "visible") {
        const edge = outer.getBoundingClientRect();
        left = Math.max(left, edge.left);
        right = Math.min(right, edge.right);
        top = Math.max(top, edge.top);
        bottom = Math.min(bottom, edge.bottom);
      }
    }
    const visible = right - left > TOLERANCE && bottom - top > TOLERANCE && right > 0;
    return visible ? {left, top, right, bottom} : null;
  };

  const pieces = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (!node.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const seen = seenPart(rect, node.parentElement);
      if (seen) pieces.push({seen, node, text: node.data.trim().slice(0, 40)});
    }
  }

  const cover = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > TOLERANCE &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > TOLERANCE * 2;

  const found = new Set();
  pieces.forEach((one, place) => {
    for (const other of pieces.slice(place + 1)) {
      if (one.node !== other.node && cover(one.seen, other.seen)) found.add(`${one.text} | ${other.text}`);
    }
  });
  return [...found];
}
