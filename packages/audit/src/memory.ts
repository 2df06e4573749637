/** Anchors and their file in memory, for tests. */
import type { AnchorFile, AnchorStore } from './ports.ts'

export const createMemoryAnchors = (): AnchorStore & { readonly texts: Map<string, string> } => {
  const texts = new Map<string, string>()
  return {
    texts,
    insert: async (service, number, text) => {
      if (texts.has(`${service}@${number}`)) return 'duplicate'
      texts.set(`${service}@${number}`, text)
      return 'inserted'
    },
    all: async (service) => {
      const found: string[] = []
      for (let text = texts.get(`${service}@1`); text !== undefined; text = texts.get(`${service}@${found.length + 1}`))
        found.push(text)
      return found
    },
  }
}

export const createMemoryAnchorFile = (): AnchorFile & { readonly contents: Map<string, string> } => {
  const contents = new Map<string, string>()
  return {
    contents,
    read: async (service) => contents.get(service) ?? '',
    append: async (service, text) => void contents.set(service, (contents.get(service) ?? '') + text),
  }
}
