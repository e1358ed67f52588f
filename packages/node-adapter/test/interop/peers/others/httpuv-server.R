# name: httpuv-server
# title: R httpuv
# role: server
# http: 1.1
# install: apt-get install r-cran-httpuv
# version: dpkg-query -W r-cran-httpuv
# run: exec Rscript FILE ARGUMENT
# notes: tells its application no code, and ends by FIN without a close frame of its own
library(httpuv)
app <- list(onWSOpen = function(socket) {
  socket$onMessage(function(binary, message) {
    if (!binary && message == "close me") socket$close(4002L, "bye") else socket$send(message)
  })
})
runServer("127.0.0.1", as.integer(commandArgs(TRUE)[1]), app)
