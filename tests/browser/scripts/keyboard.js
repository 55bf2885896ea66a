// What the keyboard must reach, and where it is. Put into a page once; then `keyboard.…` is there.
(() => {
  const ASKED = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]';

  const look = (element) =>
    [element, element.labels?.[0] ?? element.parentElement].flatMap((each) =>
      [null, "::before", "::after"].map((part) => {
        const style = getComputedStyle(each, part);
        return [style.outline, style.boxShadow, style.border, style.background, style.textDecoration];
      }),
    );

  // Of radio buttons with one name, one stop stands for all.
  const first = (element) =>
    element.type === "radio"
      ? [...document.getElementsByName(element.name)].find((each) => each.form === element.form)
      : element;

  const isReachable = (element) =>
    !element.disabled &&
    element.tabIndex >= 0 &&
    !element.closest("[inert]") &&
    element.checkVisibility({checkVisibilityCSS: true}) &&
    first(element) === element;

  const said = (element) => element.outerHTML.slice(0, 120);
  const plain = new Map();

  globalThis.keyboard = {
    // Everything that must be reached, in words; the focus is taken from all of it.
    begin() {
      document.activeElement?.blur();
      for (const each of document.querySelectorAll(ASKED)) {
        if (isReachable(each)) plain.set(each, JSON.stringify(look(each)));
      }
      return [...plain.keys()].map(said);
    },

    // What has the focus, or null: the place among them (-1: none of them), and whether one sees that it has it.
    async here() {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return null;
      const element = first(focused);
      // The window follows the focus with the next frames.
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
      const {top, bottom, left, right, width} = focused.getBoundingClientRect();
      return {
        place: [...plain.keys()].indexOf(element),
        said: said(focused),
        looksFocused: plain.get(element) !== JSON.stringify(look(focused)),
        inWindow: width > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
      };
    },
  };
})();
