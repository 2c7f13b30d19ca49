function e(t,n){return t+n}document.title=String(e(1,2));export{e as add};
