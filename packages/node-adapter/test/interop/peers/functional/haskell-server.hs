-- name: haskell-server
-- title: Haskell's websockets
-- role: server
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
  [port] <- getArgs
  let options =
        (defaultServerOptions {serverHost = "127.0.0.1", serverPort = read port})
          {serverConnectionOptions = defaultConnectionOptions
              {connectionCompressionOptions = PermessageDeflateCompression defaultPermessageDeflate}}
  runServerWithOptions options $ \pending -> do
    connection <- acceptRequest pending
    handle told $ forever $ do
      message <- receiveDataMessage connection
      case message of
        Text "close me" _ -> sendCloseCode connection 4002 ("bye" :: Bytes.ByteString)
        _ -> sendDataMessage connection message

told :: ConnectionException -> IO ()
told (CloseRequest code _) = putStrLn ("closed " ++ show code) >> hFlush stdout
told _ = return ()
