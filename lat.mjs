import { spawn } from 'node:child_process';
import { io } from 'socket.io-client';
import fs from 'node:fs';
const dir=fs.mkdtempSync('/tmp/memory/lat/');
const port=34567;
const env={...process.env,PORT:String(port),DATA_DIR:dir,ADMIN_TOKEN:'a'.repeat(32),PLAYER_TOKEN:'p'.repeat(32),LOG_LEVEL:'warn'};
if(process.argv[2]) env.DATABASE_URL=process.argv[2];
const args=[...(process.env.PROF?['--cpu-prof','--cpu-prof-dir=/tmp/memory/prof']:[]),'dist/src/main.js'];
const s=spawn(process.execPath,args,{env,stdio:['ignore','inherit','inherit']});
const until=async()=>{for(;;){try{const r=await fetch(`http://127.0.0.1:${port}/readyz`);if(r.ok)return}catch{} await new Promise(r=>setTimeout(r,50))}};
await until();
const N=Number(process.env.N??1);
const url=`http://127.0.0.1:${port}`;
let received=0;
for(let i=0;i<N;i++){
 const p=io(url,{transports:['websocket'],forceNew:true,auth:{deviceId:`d${i}`,authToken:env.PLAYER_TOKEN}});
 p.on('connect',()=>p.emit('player:register',{deviceId:`d${i}`}));
 p.on('player:request:state',()=>p.emit('player:state',{timestamp:Date.now(),vlc:{state:'playing'}}));
 p.on('player:command',({commandId})=>{received=performance.now(); p.emit('player:command:response',{commandId,status:'success'})});
 await new Promise(r=>p.once('player:registered',r));
}
const a=io(url+'/admin',{transports:['websocket'],auth:{token:env.ADMIN_TOKEN}});
await new Promise(r=>a.once('connect',r));
await new Promise(r=>setTimeout(r,1000));
const q=(v,p)=>[...v].sort((x,y)=>x-y)[Math.floor(v.length*p)].toFixed(2);
const acks=[],recv=[],ends=[];
for(let i=0;i<300;i++){
 const t=performance.now();
 const ended=new Promise(r=>a.once('command:response',r));
 let ackAt;
 const ack=a.emitWithAck('command:send',{deviceId:`d${i%N}`,command:'vlc:play'}).then(r=>{ackAt=performance.now();if(!r.ok)console.log(r)});
 await ended; const e=performance.now(); await ack;
 acks.push(ackAt-t);recv.push(received-t);ends.push(e-t);
 await new Promise(r=>setTimeout(r,10));
}
console.log('player got it p50',q(recv,.5),'p99',q(recv,.99),'| ack',q(acks,.5),q(acks,.99),'| ended',q(ends,.5),q(ends,.99));
s.kill('SIGTERM'); await new Promise(r=>s.once('exit',r)); process.exit();
