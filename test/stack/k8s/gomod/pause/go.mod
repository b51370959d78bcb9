module lakebench.test/pause

go 1.25
