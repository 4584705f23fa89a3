// What the browser tests ask a page. Each function returns what is wrong; an empty list is well.
({
  // Text whose contrast with what lies behind it is below 4.5 : 1 (WCAG AA).
  contrast() {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (text) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const part = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const behind = (element) => {
      for (let each = element; each; each = each.parentElement) {
        const colour = rgb(getComputedStyle(each).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      return [255, 255, 255, 255];
    };
    const wrong = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim();
      const element = walker.currentNode.parentElement;
      if (!text || !element.checkVisibility() || element.closest(".hide, .skip, svg, :disabled")) continue;
      const both = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
      const ratio = (both[0] + 0.05) / (both[1] + 0.05);
      if (ratio < 4.5) wrong.push(`${element.className || element.tagName}: ${text.slice(0, 30)} ${ratio.toFixed(2)}`);
    }
    return wrong;
  },
  // What can be used, and has no name that a screen reader could say.
  nameless() {
    const used = "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=region]";
    const name = (e) => e.textContent.trim() || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby");
    return [...document.querySelectorAll(used)]
      .filter((e) => e.checkVisibility() && !name(e) && !(e.labels && e.labels.length))
      .map((e) => e.outerHTML.slice(0, 120));
  },
  // Headings that leave out a level, or a page that does not begin with the first.
  headings() {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4")]
      .filter((e) => e.checkVisibility())
      .map((e) => Number(e.tagName[1]));
    const skipped = levels.filter((level, place) => level - (place ? levels[place - 1] : 0) > 1);
    return skipped.length ? [levels.join(" ")] : [];
  },
  // Tables without headers.
  tables() {
    return [...document.querySelectorAll("table")].filter((e) => !e.querySelector("th[scope]")).map((e) => e.className);
  },
  // Landmarks that are not there once.
  landmarks() {
    return ["header", "main", "footer"].filter((name) => document.querySelectorAll(`body > ${name}, .frame > ${name}`).length !== 1);
  },
})
