printf '%s\n' web web.default web.default.svc web.default.svc.cluster.local > names.txt
