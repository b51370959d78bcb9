/**
 * The pages' only script: headers of sortable tables become buttons. Without it, or where a page's host forbids scripts,
 * everything is there in the order it was written.
 */
export const SCRIPT = `(() => {
const key = cell => 'v' in cell.dataset ? Number(cell.dataset.v) : cell.textContent.trim()
const compare = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true })
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0]
  const heads = [...table.tHead.rows[0].cells]
  const written = [...body.rows]
  heads.forEach((head, column) => {
    if (head.classList.contains('bar')) return
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener('click', () => {
      const order = { ascending: 'descending', descending: null }
      const was = head.getAttribute('aria-sort')
      const next = was ? order[was] : 'ascending'
      for (const other of heads) other.removeAttribute('aria-sort')
      if (next) head.setAttribute('aria-sort', next)
      const sign = next === 'descending' ? -1 : 1
      // What was not measured stays at the end, whichever way round.
      const missing = row => row.cells[column].querySelector('.unknown') ? 1 : 0
      const sorted = next ? [...written].sort((a, b) => missing(a) - missing(b) || sign * compare(key(a.cells[column]), key(b.cells[column]))) : written
      body.append(...sorted)
    })
  })
}
})()`
