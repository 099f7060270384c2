/** A child process for one bench of code alone, so that no other bench has shaped how V8 compiled it. */
const [name, options] = process.argv.slice(2)
const { bench } = await import(`./${name}.mjs`)

try {
  process.send(await bench(JSON.parse(options)))
} catch (error) {
  process.send({ error: error.message })
}
process.disconnect()
