// Elements from plain values. Text only ever becomes a text node: nothing that anybody wrote is parsed as HTML.

/** h('button.icon', { onclick, 'aria-label': 'Send' }, icon('send'), 'Send') */
export const h = (what, props = {}, ...children) => {
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

const PATHS = {
  send: 'M4 12 20 4l-5 16-3.5-6.5z', close: 'M6 6l12 12M18 6 6 18', back: 'M15 5l-7 7 7 7', search: 'M10.5 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13zM15.5 15.5 21 21',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4', lock: 'M7 11V8a5 5 0 0 1 10 0v3M5 11h14v10H5z', plus: 'M12 5v14M5 12h14', reply: 'M10 6 4 12l6 6M4 12h9a7 7 0 0 1 7 7',
  edit: 'M4 20h4L20 8l-4-4L4 16z', trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13', pin: 'M9 4h6l-1 6 4 4H6l4-4zM12 14v7', smile: 'M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.5M15 9.5v.5',
  bolt: 'M13 3 5 14h6l-1 7 8-11h-6z', shield: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z', checked: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4',
};

export const icon = (name) => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
};

/** Sets the children of `parent` to what `make` gives for each item; what shows the same stays the same element, with its focus and its place. */
export const fill = (parent, items, keyOf, shows, make) => {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item)), sign = JSON.stringify(shows(item));
    let child = known.get(key);
    known.delete(key);
    if (child?.dataset.sign !== sign) {
      const made = make(item);
      Object.assign(made.dataset, { key, sign });
      if (child) {
        if (place === child) place = made;
        child.replaceWith(made);
      }
      child = made;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const left of known.values()) left.remove();
};
