// Prints the runbooks as one page for a person at the venue: the same steps that the drills perform.
import type { RunbookText, StepText } from './runbook.ts'

const OPENING = `# Operations

For whoever stands at the venue with a phone. Each runbook is performed on real processes by \`micropop drill\`, step by step
under the same names; this page is printed from the same source (\`node tools/build-operations.ts\`), so edit that.

- **Practise first**, days before the show: \`npx micropop drill RUNBOOK my-event.yaml\` performs it on your own machine with
  your event's configuration and attendees who publish all the while, and says how long each step took and whether a message
  was lost. \`--fail-at STEP\` lets a step fail, so that the way back is practised too.
- **Words in capitals are yours to fill in.** Where a step says \`curl\` to 127.0.0.1, be on that machine: \`ssh\`,
  \`aws ssm start-session --target INSTANCE\`, or \`kubectl -n micropop-EVENT port-forward pod/pop-0 7071\`.
- **One types, one watches** a phone in the hall. Write down the time of each step. Where a step says stop, stop: go back by its
  last line, then by those of the steps before it, the newest first.
`

export function operationsPage(runbooks: readonly RunbookText[]): string {
  const contents = runbooks.map(({ name, title }) => `- [${title}](#${anchor(title)}): \`${name}\``)
  return [OPENING, `${contents.join('\n')}\n`, ...runbooks.map(runbookText)].join('\n')
}

function runbookText({ name, title, when, needs, steps }: RunbookText): string {
  return `## ${title}

**When.** ${when}

**Before you begin:**

${needs.map((need) => `- ${need}`).join('\n')}

**Practise:** \`npx micropop drill ${name} my-event.yaml\`

${steps.map(stepText).join('\n')}`
}

function stepText({ id, title, look, type, expect, stop, back }: StepText, i: number): string {
  const typed = type.length === 0 ? '' : `\n\`\`\`sh\n${type.join('\n')}\n\`\`\`\n`
  return `### ${i + 1}. ${title} (\`${id}\`)

**Look.** ${look}
${typed}
- **Expect:** ${expect}
- **Stop when:** ${stop}
- **Way back:** ${back}
`
}

/** As GitHub makes them of headings. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}
