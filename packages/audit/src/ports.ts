/** What sealing needs of the world beside journals and the log: where anchors are kept, and the file others may copy. */

export interface AnchorStore {
  /** One text per number of a service, whoever comes first. Throws when the result is unknown. */
  insert(service: string, number: number, text: string): Promise<'inserted' | 'duplicate'>
  /** Texts of a service from number 1 on, up to the first that is not there. */
  all(service: string): Promise<readonly string[]>
}

/** One text of lines per service, only ever appended to. */
export interface AnchorFile {
  read(service: string): Promise<string>
  append(service: string, text: string): Promise<void>
}
