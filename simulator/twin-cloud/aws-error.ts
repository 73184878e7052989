// An error as an AWS API answers it: a code that its documentation lists, and a sentence.

export class AwsError extends Error {
  readonly code: string
  /** True where the provider asks again by itself, as AWS's SDK and the Terraform provider do. */
  readonly retried: boolean

  constructor(code: string, message: string, { retried = false }: { retried?: boolean } = {}) {
    super(`api error ${code}: ${message}`)
    this.name = 'AwsError'
    this.code = code
    this.retried = retried
  }
}
