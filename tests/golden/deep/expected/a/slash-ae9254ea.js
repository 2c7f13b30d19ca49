// Without the slash at the end of its address nothing on this page would be found.
if (!/(\/|\.html)$/.test(location.pathname)) {
  location.replace(`${location.pathname}/${location.search}${location.hash}`);
}
