# name: tcllib-client
# title: tcllib's websocket
# role: client
# http: 1.1
# install: apt-get install tcl tcllib
# version: dpkg-query -W tcllib
# run: exec tclsh FILE ARGUMENT
# notes: sends no close frame: 1006 here
package require websocket
fconfigure stdout -buffering line
proc handle {socket type message} {
  switch $type {
    text { if {$message eq "close me"} { ::websocket::close $socket 4002 bye } else { ::websocket::send $socket text $message } }
    binary { ::websocket::send $socket binary $message }
    close { puts "closed [lindex $message 0]" }
    disconnect - error { set ::done 1 }
  }
}
::websocket::open [lindex $argv 0] handle
vwait done
