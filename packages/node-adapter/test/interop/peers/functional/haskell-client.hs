-- name: haskell-client
-- title: Haskell's websockets
-- role: client
-- http: 1.1
-- install: apt-get install ghc libghc-websockets-dev
-- version: command -v ghc >/dev/null && dpkg-query -f '${Version}' -W libghc-websockets-dev
-- run: ghc -v0 -outputdir FOLDER -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
{-# LANGUAGE OverloadedStrings #-}
import Control.Exception (handle)
import Control.Monad (forever)
import qualified Data.ByteString.Lazy as Bytes
import Network.WebSockets
import System.Environment (getArgs)
import System.IO (hFlush, stdout)

main :: IO ()
main = do
  [url] <- getArgs
  let port = takeWhile (/= '/') (drop (length ("ws://127.0.0.1:" :: String)) url)
  runClient "127.0.0.1" (read port) "/" $ \connection ->
    handle told $ forever $ do
      message <- receiveDataMessage connection
      case message of
        Text "close me" _ -> sendCloseCode connection 4002 ("bye" :: Bytes.ByteString)
        _ -> sendDataMessage connection message

told :: ConnectionException -> IO ()
told (CloseRequest code _) = putStrLn ("closed " ++ show code) >> hFlush stdout
told _ = return ()
