// The agenda of the show: a versioned list that operators change, told whole to who joins.
import type { Denial, PartEffect } from '../broker/part.ts'
import {
  type Agenda,
  type AgendaAction,
  changeAgenda,
  EMPTY_AGENDA,
  parseAgendaAction,
} from '../protocol/agenda.ts'
import { SHOW, type ShowState } from '../protocol/show.ts'
import { ShowPart } from './show-part.ts'

export class ShowAgenda extends ShowPart<AgendaAction> {
  readonly name = 'agenda'
  readonly channel = SHOW.agenda
  #agenda: Agenda = EMPTY_AGENDA

  protected parse = parseAgendaAction

  protected refuse(action: AgendaAction): Denial | null {
    const after = changeAgenda(this.#agenda, action)
    return 'wrong' in after ? { code: 'MP_AGENDA_CONFLICT', why: after.wrong } : null
  }

  /** Of two changes to one version the first in the log counts. */
  protected act(action: AgendaAction): PartEffect[] {
    const after = changeAgenda(this.#agenda, action)
    if ('ok' in after) this.#agenda = after.ok
    return []
  }

  protected state(): ShowState | null {
    return this.#agenda.version > 0 ? { agenda: this.#agenda } : null
  }

  snapshot(): Agenda {
    return this.#agenda
  }

  restore(agenda: Agenda): void {
    this.#agenda = agenda
  }
}
