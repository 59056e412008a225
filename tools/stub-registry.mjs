// An npm registry in memory, on loopback only: takes `pnpm publish` and serves what was published. Nothing leaves the machine.
import { createServer } from 'node:http'

/** Starts it on a free port. `published` lists name@version in the order of arrival. */
export async function startStubRegistry() {
  const documents = new Map()
  const tarballs = new Map()
  const published = []

  function publish(host, document) {
    const { name } = document
    const stored = documents.get(name) ?? { _id: name, name, 'dist-tags': {}, versions: {} }
    for (const [version, manifest] of Object.entries(document.versions)) {
      const attachment = Object.values(document._attachments)[0]
      const path = `/${name}/-/${name.split('/').at(-1)}-${version}.tgz`
      tarballs.set(path, Buffer.from(attachment.data, 'base64'))
      manifest.dist.tarball = `http://${host}${path}`
      stored.versions[version] = manifest
      published.push(`${name}@${version}`)
    }
    Object.assign(stored['dist-tags'], document['dist-tags'])
    documents.set(name, stored)
  }

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url.split('?')[0])
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const json = (status, value) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (request.method === 'PUT') {
      publish(request.headers.host, JSON.parse(Buffer.concat(chunks).toString()))
      return json(201, { ok: true })
    }
    if (path === '/-/whoami') return json(200, { username: 'stub' })
    if (tarballs.has(path)) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      return response.end(tarballs.get(path))
    }
    const document = documents.get(path.slice(1))
    return document ? json(200, document) : json(404, { error: 'not found' })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: server.address().port, published, close: () => server.close() }
}
