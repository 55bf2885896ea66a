// What reaches beyond the window's right edge and makes the whole page scroll sideways.
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (element) => {
    for (let outer = element.parentElement; outer; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflowX !== "visible") return true;
    }
    return false;
  };
  return [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > width + 1 && !scrolls(each))
    .map((each) => each.outerHTML.slice(0, 120))
    .concat([`the page is ${document.documentElement.scrollWidth} px wide`])
    .slice(0, 8);
}
