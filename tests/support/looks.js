// What is wrong with how a page lies in its window, one sentence each. Evaluated in the page; see looks.py.
() => {
  const found = new Set();
  const wide = document.documentElement.clientWidth;
  const main = document.querySelector('[data-testid=stMain]');
  const FRAME = '[data-testid=stHeader], [data-testid=stSidebar]';
  const PARTS = '[data-baseweb], [role=group], [data-testid=stFileUploader]'; // drawn over by their own buttons
  const THINGS = `h1, h2, h3, p, button, input, textarea, label, dt, dd, code, table, .ps-callout, .js-plotly-plot,
    [role=group], [role=tab]`;

  const box = e => e.getBoundingClientRect();
  const say = e => {
    const text = (e.getAttribute('aria-label') || e.innerText || '').trim().replaceAll('\n', ' ');
    return `${e.tagName.toLowerCase()} “${text.slice(0, 40)}”`;
  };
  const shown = e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})
    && box(e).width > 1 && box(e).height > 1 && !e.closest('[data-testid=stSidebar][aria-expanded=false]');
  const above = (e, test) => {
    for (let p = e.parentElement; p; p = p.parentElement) if (test(p, getComputedStyle(p).overflowX)) return true;
    return false;
  };
  const canBeScrolledTo = e =>
    above(e, (p, x) => p !== main && ['auto', 'scroll'].includes(x) && p.scrollWidth > p.clientWidth);
  const hidden = e =>
    above(e, (p, x) => ['hidden', 'clip'].includes(x) && (box(p).right <= box(e).left || box(p).left >= box(e).right));
  const things = [...document.querySelectorAll(THINGS)].filter(shown);

  function sideways() {
    const page = document.documentElement.scrollWidth;
    if (page > wide) found.add(`the page is ${page} px wide in a window of ${wide}`);
    if (main && main.scrollWidth > main.clientWidth + 1)
      found.add(`the main part is ${main.scrollWidth} px wide and has ${main.clientWidth}`);
    for (const e of things) {
      const {left, right} = box(e);
      if (left > -1 && right < wide + 1 || canBeScrolledTo(e) || hidden(e)) continue;
      found.add(`${say(e)} reaches from ${left | 0} to ${right | 0} in a window of ${wide}`);
    }
  }

  function cutOff() {
    for (const e of things.filter(e => e.innerText && !e.matches('.js-plotly-plot'))) {
      const clips = ['hidden', 'clip'].includes(getComputedStyle(e).overflowX);
      if (clips && e.clientWidth && e.scrollWidth > e.clientWidth + 2)
        found.add(`${say(e)} is cut off: ${e.clientWidth} of ${e.scrollWidth} px`);
    }
  }

  // What a field holds, or says while it is empty, must fit between its padding.
  function fields() {
    const pen = document.createElement('canvas').getContext('2d');
    for (const e of things.filter(e => e.matches('input:not([type=file], [type=checkbox], [type=radio])'))) {
      const own = getComputedStyle(e), text = e.value || e.placeholder;
      const style = getComputedStyle(e, e.value ? null : '::placeholder');
      pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      pen.letterSpacing = style.letterSpacing === 'normal' ? '0px' : style.letterSpacing;
      const has = e.clientWidth - parseFloat(own.paddingLeft) - parseFloat(own.paddingRight);
      const needs = pen.measureText(text).width;
      if (has > 5 && needs > has + 1) found.add(`${say(e)} holds “${text}”, ${needs | 0} px in ${has | 0}`);
    }
  }

  // Who clicks the middle of a control must meet it and not what lies over it.
  function overlaps() {
    for (const e of things.filter(e => e.matches('button, input, textarea, [role=tab]') && !e.disabled)) {
      const b = box(e), x = b.left + b.width / 2, y = b.top + b.height / 2;
      const top = x > 0 && y > 0 && x < wide && y < innerHeight ? document.elementFromPoint(x, y) : null;
      if (!top || e.contains(top) || top.contains(e) || top.closest('label')?.contains(e)) continue;
      if (top.closest(FRAME) && !e.closest(FRAME)) continue; // scrolled behind the frame
      if (top.getRootNode() !== e.getRootNode() || e.closest(PARTS)?.contains(top)) continue;
      if (hidden(e)) continue;
      found.add(`${say(e)} lies under ${say(top)}`);
    }
  }

  [sideways, cutOff, fields, overlaps].forEach(look => look());
  return [...found];
}
