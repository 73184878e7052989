// The files of a preflight: the sheet for people, the same for programs, the figures for a spreadsheet.
import { renderFiguresCsv } from './figures-csv.ts'
import { renderJson } from './json.ts'
import { renderPreflightHtml } from './preflight-html.ts'
import { isScored, type PreflightReport } from './preflight-input.ts'

/** File name to content, for `writeTogether`. */
export function preflightFiles(report: PreflightReport): Record<string, string> {
  const { rehearsal, day } = report
  const live = isScored(rehearsal)
    ? [
        { name: 'rehearsal', run: rehearsal.measured },
        { name: 'rehearsal', run: rehearsal.twin },
      ]
    : []
  return {
    'preflight.html': renderPreflightHtml(report),
    'preflight.json': renderJson(report),
    'figures.csv': renderFiguresCsv([...live, { name: 'day', run: day }]),
  }
}
