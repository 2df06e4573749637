/** Client keys are public keys: the log keeps every byte for ever, so a private one must never get in. */

export const mostClientKeys = 16

/** Members of a JWK that only a private or a shared-secret key has (RFC 7518, section 6). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** What a text is as a client key: a JSON object with a `kty` and no secret member is public. */
export const kindOfKey = (text: string): 'public' | 'private' | 'invalid' => {
  let key: unknown
  try {
    key = JSON.parse(text)
  } catch {
    return 'invalid'
  }
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return 'invalid'
  if (secretMembers.some((member) => Object.hasOwn(key, member))) return 'private'
  return 'kty' in key && typeof key.kty === 'string' ? 'public' : 'invalid'
}
