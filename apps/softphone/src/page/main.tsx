import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { AudioEngine } from './audio/engine.ts'
import { PhoneSocket } from './phone-socket.ts'

const socket = new PhoneSocket(`ws://${location.host}/phone`)
const audio = new AudioEngine((frame) => socket.sendAudio(frame))
socket.onAudio = (frame) => audio.play(frame)
socket.open()

createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <App socket={socket} audio={audio} />
  </StrictMode>,
)
