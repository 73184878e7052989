// What tests ask of a page in a browser: plots whose labels do not collide, and texts that nothing cuts.

export interface Plot {
  figure: string
  width: number
  height: number
  lines: number
  /** Pairs of labels that cover each other. */
  collisions: string[]
  /** Labels that leave their drawing. */
  outside: string[]
}

/** Runs in the page. */
export const VISIBLE_PLOTS = `[...document.querySelectorAll('figure svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect()
  if (frame.width === 0) return []
  const labels = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
  const covers = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2
  const leaves = (box) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1
  return [{
    figure: svg.closest('figure').id,
    width: frame.width,
    height: frame.height,
    lines: svg.querySelectorAll('path').length,
    collisions: labels.flatMap((a, i) => labels.slice(i + 1).filter((b) => covers(a.box, b.box)).map((b) => a.text + ' / ' + b.text)),
    outside: labels.filter(({ box }) => leaves(box)).map(({ text }) => text),
  }]
})`

/** Runs in the page: texts that reach beyond the screen, whether or not their boxes do. */
export const CUT_OFF = `[...document.querySelectorAll('th, td, caption, p, li, dd, dt, h1, h2, h3')]
  .filter((element) => element.offsetParent !== null && !element.closest('thead'))
  .filter((element) => {
    const range = document.createRange()
    range.selectNodeContents(element)
    return range.getBoundingClientRect().right > window.innerWidth + 1
  })
  .map((element) => element.textContent.trim().slice(0, 60))`
